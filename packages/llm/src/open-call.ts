import type { CallOptions } from './call-options.js'
import type { CallHooks, EndInfo, RequestInfo, ResponseInfo, RetryInfo, Timeouts } from './call-policy.js'
import { systemTimers, type Timers } from './defaults.js'
import { isLlmError, type TimeoutPhase } from './llm-error.js'
import { callAborted, callFailed, requestIdOf, responseError, TimeIsUp } from './response-error.js'
import { retryDelayMsOf } from './retry-delay.js'
import type { Interrupt, NetworkWatch } from './stream/read-bytes.js'
import type { Transport, WireRequest } from './transport.js'

/** One call with all its attempts. */
export interface Call extends NetworkWatch {
  /** Of the attempt that runs: the caller's signal and every limit of time. */
  readonly signal: () => AbortSignal | undefined
  /** Told when that signal aborts. */
  readonly interrupt: Interrupt
  /** Makes an attempt and refuses every status but success. @throws LlmError, or what a fetch threw on purpose */
  send(): Promise<Response>
  /** The first piece of the answer has come. */
  began(): void
  /** Waits until the failed call may be repeated; otherwise ends it and throws what ended it. */
  repeat(error: unknown): Promise<void>
  /** Releases timers and listeners, and tells the hooks. Has an effect once. */
  end(error: unknown): void
}

/** Opens a call; nothing is sent yet. */
export function openCall(transport: Transport, wire: WireRequest, options: CallOptions): Call {
  const { policy } = transport
  const timers = policy?.timers ?? systemTimers
  const limits: Timeouts = { ...policy?.timeouts, ...options.timeouts }
  const hooks = [...(policy?.hooks ?? []), ...(options.hooks ? [options.hooks] : [])]
  const retries = options.retries ?? policy?.retries ?? 0
  const method = wire.method ?? 'POST'
  const { path } = wire
  // Serialised once: every attempt sends the same bytes, which a paying fetch recognises.
  const text = policy && method === 'POST' ? (wire.text ?? JSON.stringify(wire.body)) : wire.text
  const clock = createCallClock({ user: options.signal, limits, timers })
  const openedAt = timers.now()
  let attempt = 0
  let hasEnded = false

  function end(error: unknown): void {
    if (hasEnded) return
    hasEnded = true
    clock.close()
    tell(hooks, 'onEnd', { path, attempts: attempt, elapsedMs: timers.now() - openedAt, error })
  }

  return {
    signal: clock.signal,
    interrupt: clock.interrupt,
    waiting: clock.waiting,
    arrived: clock.arrived,
    began: clock.began,
    end,
    async send() {
      attempt += 1
      clock.startAttempt()
      const signal = clock.signal()
      if (signal?.aborted) throw callAborted(signal)
      tell(hooks, 'onRequest', { method, path, attempt, text })
      const sentAt = timers.now()
      let response: Response
      try {
        const sent = transport.send({ ...wire, text, headers: options.headers }, { signal })
        response = signal ? await unlessStopped(sent, { signal, interrupt: clock.interrupt }) : await sent
      } catch (error) {
        throw callFailed(error, signal)
      }
      clock.gotHead()
      const { status, headers } = response
      const elapsedMs = timers.now() - sentAt
      tell(hooks, 'onResponse', { path, attempt, status, headers, requestId: requestIdOf(headers), elapsedMs })
      if (!response.ok) throw await responseError(response, { signal, date: timers.date() })
      return response
    },
    async repeat(error) {
      const mayRepeat =
        isLlmError(error) &&
        error.isRetryable &&
        error.phase !== 'total' &&
        attempt <= retries &&
        !options.signal?.aborted
      const delayMs = mayRepeat ? retryDelayMsOf({ attempt, hintMs: error.retryAfterMs, timers }) : undefined
      if (!mayRepeat || delayMs === undefined) {
        end(error)
        throw error
      }
      tell(hooks, 'onRetry', { path, attempt, error, delayMs })
      try {
        await clock.sleep(delayMs)
      } catch (stopped) {
        end(stopped)
        throw stopped
      }
    },
  }
}

/** The answer, or the signal's reason if that comes first; an answer that comes too late is turned away. */
function unlessStopped(
  sent: Promise<Response>,
  options: { readonly signal: AbortSignal; readonly interrupt: Interrupt },
): Promise<Response> {
  const { signal, interrupt } = options
  return new Promise((resolve, reject) => {
    interrupt.onStop = () => {
      interrupt.onStop = undefined
      reject(signal.reason)
      sent.then(
        (response) => response.body?.cancel(),
        () => undefined,
      )
    }
    sent.then(
      (response) => {
        if (!signal.aborted) interrupt.onStop = undefined
        resolve(response)
      },
      (error: unknown) => {
        interrupt.onStop = undefined
        reject(error)
      },
    )
  })
}

interface HookCalls {
  onRequest: RequestInfo
  onResponse: ResponseInfo
  onRetry: RetryInfo
  onEnd: EndInfo
}

function tell<Name extends keyof HookCalls>(hooks: readonly CallHooks[], name: Name, info: HookCalls[Name]): void {
  for (const hook of hooks) {
    try {
      const told = hook[name] as ((info: HookCalls[Name]) => void) | undefined
      told?.(info)
    } catch {
      // A hook watches; its faults are not the call's.
    }
  }
}

interface CallClock extends NetworkWatch {
  readonly interrupt: Interrupt
  signal(): AbortSignal | undefined
  startAttempt(): void
  gotHead(): void
  began(): void
  sleep(delayMs: number): Promise<void>
  close(): void
}

/** Keeps the limits of time of a call. Without limits it costs nothing and the caller's own signal is used. */
function createCallClock(options: {
  readonly user: AbortSignal | undefined
  readonly limits: Timeouts
  readonly timers: Timers
}): CallClock {
  const { user, limits, timers } = options
  const { totalMs = 0, connectMs = 0, firstTokenMs = 0, idleMs = 0 } = limits
  const hasLimits = totalMs > 0 || connectMs > 0 || firstTokenMs > 0 || idleMs > 0
  let controller: AbortController | undefined
  let hasStarted = false
  const running = new Map<TimeoutPhase, () => void>()
  let waitsSince = -1

  const interrupt: Interrupt = { onStop: undefined }
  const follow = (): void => {
    controller?.abort(user?.reason)
    interrupt.onStop?.()
  }
  const expire = (phase: TimeoutPhase): void => {
    controller?.abort(new TimeIsUp(phase))
    interrupt.onStop?.()
  }
  const signal = (): AbortSignal | undefined => (hasLimits ? controller?.signal : user)
  function renew(): void {
    controller = new AbortController()
    if (user?.aborted) follow()
  }
  function start(phase: TimeoutPhase, delayMs: number, callback = (): void => expire(phase)): void {
    if (delayMs > 0) running.set(phase, timers.watch(callback, delayMs))
  }
  function stop(phase: TimeoutPhase): void {
    running.get(phase)?.()
    running.delete(phase)
  }
  function stopAttempt(): void {
    stop('connect')
    stop('first-token')
    stop('idle')
    waitsSince = -1
  }
  // One timer for many reads: it looks back, and sleeps on while the network was not silent for long enough.
  function watchSilence(delayMs: number): void {
    start('idle', delayMs, () => {
      const silentMs = waitsSince < 0 ? 0 : timers.now() - waitsSince
      if (silentMs >= idleMs) expire('idle')
      else watchSilence(idleMs - silentMs)
    })
  }

  return {
    signal,
    interrupt,
    startAttempt() {
      const isFirst = !hasStarted
      hasStarted = true
      if (isFirst) user?.addEventListener('abort', follow, { once: true })
      else stopAttempt()
      if (!hasLimits) return
      if (isFirst) start('total', totalMs)
      if (!controller || controller.signal.aborted) renew()
      start('connect', connectMs)
      start('first-token', firstTokenMs)
    },
    gotHead: () => stop('connect'),
    began: () => stop('first-token'),
    waiting() {
      if (idleMs <= 0) return
      waitsSince = timers.now()
      if (!running.has('idle')) watchSilence(idleMs)
    },
    arrived() {
      waitsSince = -1
    },
    sleep(delayMs) {
      stopAttempt()
      if (hasLimits) renew()
      const aborted = signal()
      return new Promise((resolve, reject) => {
        const stopTimer = timers.start(() => {
          interrupt.onStop = undefined
          resolve()
        }, delayMs)
        interrupt.onStop = () => {
          stopTimer()
          if (aborted) reject(callAborted(aborted))
        }
      })
    },
    close() {
      stopAttempt()
      stop('total')
      if (hasStarted) user?.removeEventListener('abort', follow)
    },
  }
}

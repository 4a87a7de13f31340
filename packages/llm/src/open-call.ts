import type { CallOptions } from './call.js'
import type { CallHooks, EndInfo, RequestInfo, ResponseInfo, RetryInfo, Timeouts } from './call-policy.js'
import { systemTimers, type Timers } from './defaults.js'
import { isLlmError, type TimeoutPhase } from './llm-error.js'
import { callAborted, callFailed, requestIdOf, responseError, TimeIsUp } from './response-error.js'
import { retryDelayMsOf } from './retry-delay.js'
import { type NetworkWatch, withAbort } from './stream/read-bytes.js'
import type { Transport, WireRequest } from './transport.js'

/** One call with all its attempts. */
export interface Call extends NetworkWatch {
  /** Of the attempt that runs: the caller's signal and every limit of time. */
  readonly signal: AbortSignal | undefined
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
  const openedAt = hooks.length > 0 ? timers.now() : 0
  let attempt = 0
  let hasEnded = false

  function end(error: unknown): void {
    if (hasEnded) return
    hasEnded = true
    clock.stop()
    if (hooks.length === 0) return
    tell(hooks, 'onEnd', { path, attempts: attempt, elapsedMs: timers.now() - openedAt, error })
  }

  return {
    get signal() {
      return clock.signal()
    },
    waiting: clock.waiting,
    arrived: clock.arrived,
    began: clock.began,
    end,
    async send() {
      attempt += 1
      clock.startAttempt()
      const signal = clock.signal()
      if (signal?.aborted) throw callAborted(signal)
      if (hooks.length > 0) tell(hooks, 'onRequest', { method, path, attempt, text })
      const sentAt = hooks.length > 0 ? timers.now() : 0
      let response: Response
      try {
        const sent = transport.send({ ...wire, text, headers: options.headers }, { signal })
        response = signal ? await withAbort(sent, signal) : await sent
      } catch (error) {
        throw callFailed(error, signal)
      }
      clock.gotHead()
      if (hooks.length > 0) {
        const { status, headers } = response
        const elapsedMs = timers.now() - sentAt
        tell(hooks, 'onResponse', { path, attempt, status, headers, requestId: requestIdOf(headers), elapsedMs })
      }
      if (!response.ok) throw await responseError(response, { signal, date: timers.date() })
      return response
    },
    async repeat(error) {
      const mayRepeat = isLlmError(error) && error.isRetryable && attempt <= retries && !clock.isFinal()
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
  signal(): AbortSignal | undefined
  startAttempt(): void
  gotHead(): void
  began(): void
  /** True when the caller or the whole time ended the call: no attempt can follow. */
  isFinal(): boolean
  sleep(delayMs: number): Promise<void>
  stop(): void
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
  let isTotalOver = false
  let stopTotal: (() => void) | undefined
  let stopConnect: (() => void) | undefined
  let stopFirst: (() => void) | undefined
  let stopIdle: (() => void) | undefined
  let waitsSince = -1

  const follow = (): void => controller?.abort(user?.reason)
  const expire = (phase: TimeoutPhase): void => {
    if (phase === 'total') isTotalOver = true
    controller?.abort(new TimeIsUp(phase))
  }
  function renew(): void {
    controller = new AbortController()
    if (user?.aborted) follow()
  }
  function stopAttempt(): void {
    stopConnect?.()
    stopFirst?.()
    stopIdle?.()
    stopConnect = undefined
    stopFirst = undefined
    stopIdle = undefined
    waitsSince = -1
  }
  // One timer for many reads: it looks back, and sleeps on while the network was not silent for long enough.
  function watchSilence(delayMs: number): void {
    stopIdle = timers.watch(() => {
      const silentMs = waitsSince < 0 ? 0 : timers.now() - waitsSince
      if (silentMs >= idleMs) expire('idle')
      else watchSilence(idleMs - silentMs)
    }, delayMs)
  }

  return {
    signal: () => (hasLimits ? controller?.signal : user),
    startAttempt() {
      stopAttempt()
      if (!hasLimits) return
      if (!hasStarted) {
        hasStarted = true
        user?.addEventListener('abort', follow, { once: true })
        if (totalMs > 0) stopTotal = timers.watch(() => expire('total'), totalMs)
        renew()
      } else if (!controller || controller.signal.aborted) renew()
      if (connectMs > 0) stopConnect = timers.watch(() => expire('connect'), connectMs)
      if (firstTokenMs > 0) stopFirst = timers.watch(() => expire('first-token'), firstTokenMs)
    },
    gotHead() {
      stopConnect?.()
      stopConnect = undefined
    },
    began() {
      stopFirst?.()
      stopFirst = undefined
    },
    waiting() {
      if (idleMs <= 0) return
      waitsSince = timers.now()
      if (!stopIdle) watchSilence(idleMs)
    },
    arrived() {
      waitsSince = -1
    },
    isFinal: () => isTotalOver || user?.aborted === true,
    sleep(delayMs) {
      stopAttempt()
      if (hasLimits) renew()
      const signal = hasLimits ? controller?.signal : user
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          stopTimer()
          if (signal) reject(callAborted(signal))
        }
        const stopTimer = timers.start(() => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }, delayMs)
        if (signal?.aborted) onAbort()
        else signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
    stop() {
      stopAttempt()
      stopTotal?.()
      if (hasStarted) user?.removeEventListener('abort', follow)
    },
  }
}

import { systemTimers, type Timers } from './defaults.js'
import type { ToolCall } from './message.js'
import { callAborted } from './response-error.js'
import type { ArgumentsVerdict, Tool } from './tool.js'
import type { RunToolsOptions, ToolProblem, ToolRepair, ToolResult } from './tool-run.js'

/** What running a call needs. */
export interface RunCallContext {
  readonly tools: ReadonlyMap<string, Tool>
  readonly options: RunToolsOptions
  readonly timers?: Timers | undefined
}

/** Runs one call of a model. What goes wrong with it becomes a message to the model. @throws LlmError `ABORTED`, `TIMEOUT`; what a hook threw */
export async function runCall(call: ToolCall, context: RunCallContext): Promise<ToolResult> {
  const { options } = context
  const read = await readCall(call, context)
  if (!read.ok) return failed(call, read.message)
  const { tool, input } = read
  const approval = options.approve ? await options.approve({ call, tool, input }) : true
  if (approval !== true) {
    const reason = typeof approval === 'string' ? `: ${approval}` : ''
    return failed(call, `the call was not approved${reason}`)
  }
  return execute(call, tool, input, context)
}

type CallReading =
  | { readonly ok: true; readonly tool: Tool; readonly input: unknown }
  | { readonly ok: false; readonly message: string }

/** Finds tool and arguments, with one repair if they are wrong. */
async function readCall(call: ToolCall, context: RunCallContext): Promise<CallReading> {
  const { options } = context
  const first = await tryCall(call.function, context)
  if (first.ok || !options.repair) return first
  const { problem } = first
  const repair = await options.repair({ call, tools: options.tools, ...problem })
  if (!repair) return first
  return tryCall({ ...call.function, ...repair }, context)
}

async function tryCall(
  fn: Required<ToolRepair>,
  context: RunCallContext,
): Promise<
  | Extract<CallReading, { readonly ok: true }>
  | { readonly ok: false; readonly message: string; readonly problem: Pick<ToolProblem, 'code' | 'detail'> }
> {
  const tool = context.tools.get(fn.name)
  if (!tool) {
    const detail = `there is no tool named ${fn.name}`
    return { ok: false, message: detail, problem: { code: 'UNKNOWN_TOOL', detail } }
  }
  const verdict: ArgumentsVerdict = await tool.readArguments(fn.arguments)
  if (verdict.ok) return { ok: true, tool, input: verdict.input }
  const { code, detail } = verdict
  return { ok: false, message: `${code}: ${detail}`, problem: { code, detail } }
}

async function execute(call: ToolCall, tool: Tool, input: unknown, context: RunCallContext): Promise<ToolResult> {
  const { signal } = context.options
  if (signal?.aborted) throw callAborted(signal)
  if (!tool.execute) return failed(call, `${tool.wire.function.name} cannot be run here`)
  const limit = limitOf(tool.timeoutMs ?? context.options.toolTimeoutMs ?? 0, signal, context.timers ?? systemTimers)
  try {
    const output = await limit.race(tool.execute(input, { callId: call.id, signal: limit.signal }))
    return { call, content: contentOf(output), isError: false }
  } catch (error) {
    if (signal?.aborted) throw callAborted(signal, { cause: error })
    if (limit.isOver()) return failed(call, 'the tool took too long')
    return failed(call, error instanceof Error ? error.message : 'the tool failed')
  } finally {
    limit.stop()
  }
}

interface Limit {
  readonly signal: AbortSignal | undefined
  /** The work, or a rejection when the time is over or the caller gives up. */
  race(work: Promise<unknown>): Promise<unknown>
  isOver(): boolean
  stop(): void
}

function limitOf(timeoutMs: number, user: AbortSignal | undefined, timers: Timers): Limit {
  const controller = new AbortController()
  let isOver = false
  let giveUp: (reason: unknown) => void = () => undefined
  const ended = new Promise<never>((_resolve, reject) => {
    giveUp = reject
  })
  ended.catch(() => undefined)
  const end = (reason: unknown): void => {
    controller.abort(reason)
    giveUp(reason)
  }
  const follow = (): void => end(user?.reason)
  user?.addEventListener('abort', follow, { once: true })
  const stopTimer =
    timeoutMs > 0
      ? timers.start(() => {
          isOver = true
          end(new DOMException('the tool took too long', 'TimeoutError'))
        }, timeoutMs)
      : undefined
  return {
    signal: timeoutMs > 0 || user ? controller.signal : undefined,
    race: (work) => Promise.race([work, ended]),
    isOver: () => isOver,
    stop() {
      stopTimer?.()
      user?.removeEventListener('abort', follow)
    },
  }
}

function failed(call: ToolCall, message: string): ToolResult {
  return { call, content: JSON.stringify({ error: message }), isError: true }
}

function contentOf(output: unknown): string {
  if (typeof output === 'string') return output
  return (
    JSON.stringify(output, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)) ?? 'null'
  )
}

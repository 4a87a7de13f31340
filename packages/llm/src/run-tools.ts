import type { CallOptions } from './call.js'
import { chat } from './chat.js'
import type { ChatResult } from './chat-result.js'
import type { JsonValue } from './json.js'
import { LlmError } from './llm-error.js'
import type { ChatMessage, ChatRequest, ToolCall } from './message.js'
import { callAborted } from './response-error.js'
import { type ChatEvent, collectChat, streamChat } from './stream-chat.js'
import type { Tool } from './tool.js'
import type { Transport } from './transport.js'
import { addUsage, noUsage, type TokenUsage, tokenUsageOf } from './usage.js'

/** A chat request whose tools can run. */
export type ToolRunRequest = Omit<ChatRequest, 'tools'> & {
  readonly model: string
  readonly messages: readonly ChatMessage[]
}

/** Options of {@link runTools}. */
export interface RunToolsOptions extends CallOptions {
  readonly tools: readonly Tool[]
  /** Largest number of answers asked for; 10 unless given. */
  readonly maxSteps?: number
  /** Called after each step, before the next one is asked for. A rejection ends the run. */
  readonly onStep?: (step: ToolStep) => void | Promise<void>
  /** Turns streaming on and receives the events of each answer. */
  readonly onEvent?: (event: ChatEvent) => void
}

/** What a tool gave back to the model. */
export interface ToolResult {
  readonly call: ToolCall
  readonly content: string
  /** True when the tool threw, was unknown, or refused its arguments; `content` tells the model. */
  readonly isError: boolean
}

/** One answer and the tools that ran because of it. */
export interface ToolStep {
  readonly result: ChatResult
  readonly toolResults: readonly ToolResult[]
  /** `null` when the server sent no usage. */
  readonly usage: TokenUsage | null
}

/** Why a run ended: the model stopped by itself, was cut, `maxSteps` was reached, or it called a tool that the caller has to carry out. */
export type ToolRunStop = 'finished' | 'length' | 'content_filter' | 'max_steps' | 'client_tools'

/** A whole run. */
export interface ToolRun {
  readonly stopReason: ToolRunStop
  /** The last answer. */
  readonly result: ChatResult
  readonly text: string
  /** Calls that nobody has answered; not empty only for `client_tools`. */
  readonly pendingToolCalls: readonly ToolCall[]
  /** The conversation, ready to be continued. */
  readonly messages: readonly ChatMessage[]
  readonly steps: readonly ToolStep[]
  /** Sum over all steps. */
  readonly usage: TokenUsage
}

/**
 * Asks the model, runs the tools that it calls (at the same time, results in the order of the calls) and asks again until it has an answer.
 * When a call names a tool without `execute`, nothing runs and the calls are returned. Bad arguments, unknown tools and errors of tools become
 * messages to the model. A `tool_choice` that forces a call holds for the first step only.
 * @throws LlmError
 */
export async function runTools(
  transport: Transport,
  request: ToolRunRequest,
  options: RunToolsOptions,
): Promise<ToolRun> {
  const maxSteps = options.maxSteps ?? 10
  if (!Number.isSafeInteger(maxSteps) || maxSteps < 1)
    throw new LlmError('BAD_REQUEST', 'maxSteps must be a positive integer')
  const tools = new Map(options.tools.map((tool) => [tool.wire.function.name, tool]))
  if (tools.size !== options.tools.length) throw new LlmError('INVALID_TOOL', 'two tools have the same name')
  const messages: ChatMessage[] = [...request.messages]
  const steps: ToolStep[] = []
  let usage = noUsage

  for (;;) {
    const result = await ask(
      transport,
      requestOf({ request, messages, tools: options.tools, step: steps.length }),
      options,
    )
    messages.push(result.message)
    const isClientCall = result.toolCalls.some((call) => isLeftToCaller(tools.get(call.function.name)))
    const isCut = result.finishReason === 'length' || result.finishReason === 'content_filter'
    const runs = !isClientCall && !isCut
    const toolResults = runs
      ? await Promise.all(result.toolCalls.map((call) => runCall(call, tools.get(call.function.name), options.signal)))
      : []
    for (const { call, content } of toolResults) messages.push({ role: 'tool', tool_call_id: call.id, content })
    const stepUsage = tokenUsageOf(result.usage)
    if (stepUsage) usage = addUsage(usage, stepUsage)
    const step: ToolStep = { result, toolResults, usage: stepUsage }
    steps.push(step)
    await options.onStep?.(step)

    const stopReason = stopReasonOf({ result, isClientCall, isLastStep: steps.length >= maxSteps })
    if (stopReason) {
      const pendingToolCalls = stopReason === 'client_tools' ? result.toolCalls : []
      return { stopReason, result, text: result.text, pendingToolCalls, messages, steps, usage }
    }
  }
}

function isLeftToCaller(tool: Tool | undefined): boolean {
  return tool !== undefined && tool.execute === undefined
}

function stopReasonOf(step: {
  readonly result: ChatResult
  readonly isClientCall: boolean
  readonly isLastStep: boolean
}): ToolRunStop | undefined {
  const { finishReason, toolCalls } = step.result
  if (finishReason === 'length' || finishReason === 'content_filter') return finishReason
  if (toolCalls.length === 0) return 'finished'
  if (step.isClientCall) return 'client_tools'
  return step.isLastStep ? 'max_steps' : undefined
}

function requestOf(parts: {
  readonly request: ToolRunRequest
  readonly messages: readonly ChatMessage[]
  readonly tools: readonly Tool[]
  readonly step: number
}): ChatRequest {
  const { request, tools } = parts
  const choice: JsonValue | undefined = request['tool_choice']
  const isForced = choice === 'required' || (typeof choice === 'object' && choice !== null)
  return {
    ...request,
    messages: [...parts.messages],
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => tool.wire) }),
    ...(parts.step > 0 && isForced ? { tool_choice: 'auto' } : {}),
  }
}

async function ask(transport: Transport, request: ChatRequest, options: RunToolsOptions): Promise<ChatResult> {
  const { onEvent } = options
  return onEvent
    ? collectChat(watched(streamChat(transport, request, options), onEvent))
    : chat(transport, request, options)
}

async function* watched(
  events: AsyncIterable<ChatEvent>,
  onEvent: (event: ChatEvent) => void,
): AsyncIterable<ChatEvent> {
  for await (const event of events) {
    onEvent(event)
    yield event
  }
}

async function runCall(call: ToolCall, tool: Tool | undefined, signal: AbortSignal | undefined): Promise<ToolResult> {
  if (!tool?.execute) return failed(call, `there is no tool named ${call.function.name}`)
  const verdict = await tool.readArguments(call.function.arguments)
  if (!verdict.ok) return failed(call, `${verdict.code}: ${verdict.detail}`)
  if (signal?.aborted) throw callAborted(signal)
  try {
    const output = await tool.execute(verdict.input, { callId: call.id, signal })
    return { call, content: contentOf(output), isError: false }
  } catch (error) {
    if (signal?.aborted) throw callAborted(signal, { cause: error })
    return failed(call, error instanceof Error ? error.message : 'the tool failed')
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

import { chat } from './chat.js'
import type { ChatResult } from './chat-result.js'
import { addCost, costOf, receiptOf } from './cost.js'
import type { JsonValue } from './json.js'
import { AbortError, LlmError } from './llm-error.js'
import type { ChatMessage, ChatRequest } from './message.js'
import { runCall } from './run-call.js'
import { streamChat } from './stream-chat.js'
import { type OutputOptions, parseOutput, requestWithSchema } from './structured-output.js'
import type { Tool } from './tool.js'
import type {
  ParsedToolRun,
  RunToolsOptions,
  ToolResult,
  ToolRun,
  ToolRunEvent,
  ToolRunRequest,
  ToolRunStop,
  ToolStep,
} from './tool-run.js'
import type { Transport } from './transport.js'
import { addUsage, noUsage, tokenUsageOf } from './usage.js'

/**
 * Asks the model, runs the tools that it calls (at the same time, results in the order of the calls) and asks again until it has an answer.
 * When a call names a tool without `execute`, nothing runs and the calls are returned. Bad arguments, unknown tools and errors of tools become
 * messages to the model. A `tool_choice` that forces a call holds for the first step only. With `schema`, the last answer is read by it.
 * @throws LlmError
 */
export function runTools<Output>(
  transport: Transport,
  request: ToolRunRequest,
  options: RunToolsOptions & OutputOptions<Output>,
): Promise<ParsedToolRun<Output>>
export function runTools(transport: Transport, request: ToolRunRequest, options: RunToolsOptions): Promise<ToolRun>
export async function runTools(
  transport: Transport,
  request: ToolRunRequest,
  options: RunToolsOptions & Partial<OutputOptions<unknown>>,
): Promise<ToolRun> {
  const { schema, onEvent } = options
  const output = schema === undefined ? undefined : { ...options, schema }
  const asked = output
    ? { ...request, ...requestWithSchema(requestOf(request, request.messages, [], 0), output) }
    : request
  const loop = toolLoop(transport, asked, options, onEvent !== undefined)
  let run: ToolRun | undefined
  for await (const event of loop) {
    if (event.type === 'run') run = event.run
    else if (onEvent && event.type !== 'step' && event.type !== 'tool-result') onEvent(event)
  }
  if (!run) throw new AbortError('the run was left before its end')
  if (!output) return run
  const isAnswer = run.stopReason !== 'max_steps' && run.stopReason !== 'client_tools'
  const parsed = isAnswer ? (await parseOutput(run.result, output)).parsed : null
  const whole: ParsedToolRun<unknown> = { ...run, parsed }
  return whole
}

/** A streamed run; it is read once, and leaving the loop cancels the answer at the server. */
export interface ToolStream extends AsyncIterable<ToolRunEvent> {
  /** Reads what is left and returns the run. @throws LlmError */
  final(): Promise<ToolRun>
}

/**
 * The same as {@link runTools}, as events: text and tool calls as they grow, what the tools gave back, each step, and the run. Nothing is
 * read ahead; tools run when the loop asks for what comes after them. @throws LlmError
 */
export function streamTools(transport: Transport, request: ToolRunRequest, options: RunToolsOptions): ToolStream {
  const loop = toolLoop(transport, request, options, true)
  let run: ToolRun | undefined
  async function* events(): AsyncGenerator<ToolRunEvent, void, undefined> {
    for await (const event of loop) {
      if (event.type === 'run') run = event.run
      yield event
    }
  }
  const all = events()
  return {
    [Symbol.asyncIterator]: () => all,
    async final() {
      while ((await all.next()).done !== true);
      if (!run) throw new AbortError('the run was left before its end')
      return run
    },
  }
}

async function* toolLoop(
  transport: Transport,
  request: ToolRunRequest,
  options: RunToolsOptions,
  isStreamed: boolean,
): AsyncGenerator<ToolRunEvent, void, undefined> {
  const { tools: list, maxSteps = 10 } = options
  if (!Number.isSafeInteger(maxSteps) || maxSteps < 1)
    throw new LlmError('BAD_REQUEST', 'maxSteps must be a positive integer')
  const tools = new Map(list.map((tool) => [tool.wire.function.name, tool]))
  if (tools.size !== list.length) throw new LlmError('INVALID_TOOL', 'two tools have the same name')
  const messages: ChatMessage[] = [...request.messages]
  const steps: ToolStep[] = []

  for (;;) {
    const asked = requestOf(request, messages, list, steps.length)
    // The options are those of a run: only what a call takes reaches it.
    const callOptions = callOptionsOf(options)
    let result: ChatResult
    if (isStreamed) {
      const stream = streamChat(transport, asked, callOptions)
      yield* stream
      result = await stream.final()
    } else {
      result = await chat(transport, asked, callOptions)
    }
    messages.push(result.message)
    const isClientCall = result.toolCalls.some((call) => isLeftToCaller(tools.get(call.function.name)))
    const isCut = result.finishReason === 'length' || result.finishReason === 'content_filter'
    const context = { tools, options, timers: transport.policy?.timers }
    const toolResults =
      isClientCall || isCut ? [] : await Promise.all(result.toolCalls.map((call) => runCall(call, context)))
    for (const { call, content } of toolResults) messages.push({ role: 'tool', tool_call_id: call.id, content })
    const step = stepOf(result, toolResults)
    steps.push(step)
    await options.onStep?.(step)
    for (const toolResult of toolResults) yield { type: 'tool-result', result: toolResult }
    yield { type: 'step', step }

    const stopReason = stopReasonOf({ result, isClientCall, isLastStep: steps.length >= maxSteps })
    if (!stopReason) continue
    yield { type: 'run', run: runOf({ stopReason, result, messages, steps }) }
    return
  }
}

function callOptionsOf(options: RunToolsOptions): RunToolsCallOptions {
  const { signal, headers, maxResponseBytes, retries, timeouts, hooks } = options
  return {
    ...(signal ? { signal } : {}),
    ...(headers ? { headers } : {}),
    ...(maxResponseBytes === undefined ? {} : { maxResponseBytes }),
    ...(retries === undefined ? {} : { retries }),
    ...(timeouts ? { timeouts } : {}),
    ...(hooks ? { hooks } : {}),
  }
}

type RunToolsCallOptions = Pick<
  RunToolsOptions,
  'signal' | 'headers' | 'maxResponseBytes' | 'retries' | 'timeouts' | 'hooks'
>

function stepOf(result: ChatResult, toolResults: readonly ToolResult[]): ToolStep {
  const { usage } = result
  return { result, toolResults, usage: tokenUsageOf(usage), cost: costOf(usage), receipt: receiptOf(usage) }
}

function runOf(end: {
  readonly stopReason: ToolRunStop
  readonly result: ChatResult
  readonly messages: readonly ChatMessage[]
  readonly steps: readonly ToolStep[]
}): ToolRun {
  const { stopReason, result, messages, steps } = end
  return {
    stopReason,
    result,
    text: result.text,
    pendingToolCalls: stopReason === 'client_tools' ? result.toolCalls : [],
    messages,
    steps,
    usage: steps.reduce((sum, step) => (step.usage ? addUsage(sum, step.usage) : sum), noUsage),
    cost: steps.reduce<string | null>((sum, step) => addCost(sum, step.cost), null),
    receipts: steps.flatMap((step) => (step.receipt ? [step.receipt] : [])),
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

function requestOf(
  request: ToolRunRequest,
  messages: readonly ChatMessage[],
  tools: readonly Tool[],
  step: number,
): ChatRequest {
  const choice: JsonValue | undefined = request['tool_choice']
  const isForced = choice === 'required' || (typeof choice === 'object' && choice !== null)
  return {
    ...request,
    messages: [...messages],
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => tool.wire) }),
    ...(step > 0 && isForced ? { tool_choice: 'auto' } : {}),
  }
}

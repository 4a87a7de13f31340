import {
  type AssistantMessage,
  type ChatEvent,
  type ChatMessage,
  type ChatRequest,
  runTools,
  type Tool,
  type ToolChoice,
  type ToolRun,
} from '@og/llm'
import {
  type CallOptions,
  createEvidenceTransport,
  createResult,
  type EvidenceTransport,
  type InferenceContext,
  settingsOf,
  signalOptionOf,
} from './call-options.js'
import { ClientError } from './client-error.js'
import { createEventQueue } from './event-queue.js'
import { chatRequestOf, type SamplingOptions } from './inference-request.js'
import type { ChatResult, ChatTurn } from './inference-result.js'
import { type InferenceStream, inferenceStreamOf, type StreamEvent } from './inference-stream.js'
import { type ToolOption, toolsOf } from './tool-options.js'
import { failureOf } from './translate-error.js'
import { VerificationError } from './verification-error.js'

/** Options of `llmChat`. */
export interface LlmChatOptions extends SamplingOptions, CallOptions {
  readonly messages: readonly ChatMessage[]
  /** Tools with `execute` run by themselves and the model is asked again; each turn is a payment of its own. */
  readonly tools?: readonly ToolOption[]
  readonly toolChoice?: ToolChoice
  /** Most turns that are paid when tools run; 10 unless told otherwise. */
  readonly maxTurns?: number
  readonly stream?: boolean
}

/** `llmChat`: a promise of the verified result, or of a stream when `stream: true`. */
export interface LlmChat {
  (options: LlmChatOptions & { readonly stream: true }): Promise<InferenceStream<ChatResult>>
  (options: LlmChatOptions & { readonly stream?: false }): Promise<ChatResult>
}

/** Asks a chat model. @throws ClientError */
export async function fetchChat(context: InferenceContext, options: LlmChatOptions): Promise<ChatResult> {
  const chat = prepare(context, options)
  try {
    return resultOf(context, chat.transport, await run(chat))
  } catch (error) {
    throw failureOf(error, chat.settings)
  }
}

/** Asks a chat model as a stream; with running tools, of all turns. @throws ClientError when the options are wrong. */
export function streamChat(context: InferenceContext, options: LlmChatOptions): InferenceStream<ChatResult> {
  const chat = prepare(context, options)
  return inferenceStreamOf(async function* (finish) {
    const stop = new AbortController()
    const queue = createEventQueue<StreamEvent>()
    const signal =
      chat.settings.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, chat.settings.signal])
    run(chat, { signal, onEvent: (event) => queue.push(...streamEventsOf(event)) })
      .then((done) => {
        finish(resultOf(context, chat.transport, done))
        queue.end()
      })
      .catch((error: unknown) => queue.fail(failureOf(error, chat.settings)))
    try {
      yield* queue.events()
    } finally {
      stop.abort()
    }
  })
}

interface PreparedChat {
  readonly request: ChatRequest
  readonly tools: readonly Tool[]
  readonly maxSteps: number
  readonly settings: ReturnType<typeof settingsOf>
  readonly transport: EvidenceTransport
}

function prepare(context: InferenceContext, options: LlmChatOptions): PreparedChat {
  const settings = settingsOf(options, context.defaults)
  const request = chatRequestOf(options)
  const tools = toolsOf(options.tools ?? [])
  if (options.toolChoice !== undefined && tools.length === 0) {
    throw new ClientError('INVALID_REQUEST', 'toolChoice needs tools')
  }
  return {
    request: options.toolChoice === undefined ? request : { ...request, tool_choice: options.toolChoice },
    tools,
    maxSteps: options.maxTurns ?? 10,
    settings,
    transport: createEvidenceTransport(context, settings),
  }
}

/** Without tools this is one call; tools that cannot run end it too, with their calls in the answer. */
function run(
  chat: PreparedChat,
  streaming?: { readonly signal: AbortSignal; readonly onEvent: (event: ChatEvent) => void },
): Promise<ToolRun> {
  return runTools(chat.transport, chat.request, {
    tools: chat.tools,
    maxSteps: chat.maxSteps,
    ...(streaming ?? signalOptionOf(chat.settings)),
  })
}

function resultOf(context: InferenceContext, transport: EvidenceTransport, done: ToolRun): ChatResult {
  const turns: ChatTurn[] = done.steps.map(({ result }, index) => {
    const evidence = transport.evidence[index]
    if (evidence === undefined)
      throw new VerificationError('VERIFICATION_MISSING_RECEIPT', 'a turn came without evidence')
    const chatOutput: AssistantMessage = result.message
    return createResult(context, evidence, { chatOutput, finishReason: result.finishReason })
  })
  const last = turns.at(-1)
  if (last === undefined) {
    throw new VerificationError('VERIFICATION_MISSING_RECEIPT', 'the conversation ended without an answer')
  }
  return { ...last, turns }
}

function streamEventsOf(event: ChatEvent): readonly StreamEvent[] {
  switch (event.type) {
    case 'text-delta':
      return [{ type: 'text', text: event.text }]
    case 'reasoning-delta':
      return [{ type: 'reasoning', text: event.text }]
    case 'refusal-delta':
      return [{ type: 'refusal', text: event.text }]
    case 'tool-call-delta':
      return [
        {
          type: 'tool-call',
          index: event.index,
          id: event.id ?? null,
          name: event.name ?? null,
          arguments: event.arguments,
        },
      ]
    case 'finish':
      return [{ type: 'turn-end', finishReason: event.reason }]
    default:
      return []
  }
}

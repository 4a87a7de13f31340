import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import type { BaseLanguageModelInput, StructuredOutputMethodOptions } from '@langchain/core/language_models/base'
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models'
import {
  assembleStructuredOutputPipeline,
  createContentParser,
  createFunctionCallingParser,
} from '@langchain/core/language_models/structured_output'
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'
import type { Runnable } from '@langchain/core/runnables'
import { toJsonSchema } from '@langchain/core/utils/json_schema'
import { isSerializableSchema, type SerializableSchema } from '@langchain/core/utils/standard_schema'
import { type InteropZodType, isInteropZodSchema } from '@langchain/core/utils/types'
import { chat } from '../chat.js'
import { isJsonObject, type JsonObject } from '../json.js'
import { isLlmError } from '../llm-error.js'
import type { ChatRequest } from '../message.js'
import { apiUrlOf, type ModeOptions, modeHeadersOf, type PayingClient } from '../openai/paying-client.js'
import { type ChatEvent, streamChat } from '../stream-chat.js'
import { httpTransport, type Transport } from '../transport.js'
import { aiMessageOf, chatMessagesOf, lastChunkOf } from './chat-messages.js'
import { type ModelSettings, settingsBodyOf, toolChoiceOf, wireToolOf } from './request-body.js'

/** Options of {@link ChatOpenGradient}. */
export interface ChatOpenGradientFields extends BaseChatModelParams, ModelSettings, ModeOptions {
  readonly client: PayingClient
  /** `openai/gpt-4.1`, … */
  readonly model: string
}

/** Options of a call. */
export interface ChatOpenGradientCallOptions extends BaseChatModelCallOptions {
  /** Tools in the form of the chat API; `bindTools` makes them. */
  readonly tools?: readonly JsonObject[]
  readonly parallel_tool_calls?: boolean
  readonly response_format?: JsonObject
}

type Raw<Output> = { readonly raw: BaseMessage; readonly parsed: Output }
type Schema<Output extends Record<string, unknown>> =
  | InteropZodType<Output>
  | SerializableSchema<Output>
  | Record<string, unknown>

/**
 * A chat model for LangChain. Every answer is paid, sealed and verified by the client; cost and receipt are in `response_metadata.usage`. A failed
 * call is repeated twice, with the payment of the first attempt; a refusal of the client is never repeated.
 * @example
 * const model = new ChatOpenGradient({ client, model: 'openai/gpt-4.1' })
 * const { content, response_metadata } = await model.invoke('Hello')
 */
export class ChatOpenGradient extends BaseChatModel<ChatOpenGradientCallOptions, AIMessageChunk> {
  readonly model: string
  private readonly settings: ModelSettings
  private readonly transport: Transport

  static override lc_name(): string {
    return 'ChatOpenGradient'
  }

  constructor(fields: ChatOpenGradientFields) {
    super({ maxRetries: 2, onFailedAttempt: refuseRepetition, ...fields })
    const { client } = fields
    this.model = fields.model
    this.settings = fields
    this.transport = httpTransport({
      baseUrl: apiUrlOf(client),
      fetch: (url, init) => client.fetch(url, init),
      headers: modeHeadersOf(fields),
      retries: 0,
    })
  }

  override _llmType(): string {
    return 'opengradient'
  }

  override getLsParams(options: this['ParsedCallOptions']): ReturnType<BaseChatModel['getLsParams']> {
    const stop = options.stop ?? this.settings.stop
    return {
      ls_provider: 'opengradient',
      ls_model_name: this.model,
      ls_model_type: 'chat',
      ...(this.settings.temperature === undefined ? {} : { ls_temperature: this.settings.temperature }),
      ...(this.settings.maxTokens === undefined ? {} : { ls_max_tokens: this.settings.maxTokens }),
      ...(stop === undefined ? {} : { ls_stop: [...stop] }),
    }
  }

  /** The request without its messages. */
  override invocationParams(options?: this['ParsedCallOptions']): JsonObject {
    const choice = toolChoiceOf(options?.tool_choice)
    const hasTools = options?.tools !== undefined && options.tools.length > 0
    return {
      model: this.model,
      ...settingsBodyOf(this.settings, options?.stop),
      ...(hasTools && options.tools ? { tools: options.tools } : {}),
      ...(hasTools && choice !== undefined ? { tool_choice: choice } : {}),
      ...(hasTools && options.parallel_tool_calls !== undefined
        ? { parallel_tool_calls: options.parallel_tool_calls }
        : {}),
      ...(options?.response_format ? { response_format: options.response_format } : {}),
    }
  }

  override async _generate(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ChatResult> {
    const { signal } = options
    const request = this.requestOf(messages, options)
    const result = await this.caller.callWithOptions(signal ? { signal } : {}, () =>
      chat(this.transport, request, signal ? { signal } : {}),
    )
    return { generations: [{ text: result.text, message: aiMessageOf(result) }] }
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { signal } = options
    const request = this.requestOf(messages, options)
    // Only the head of an answer may be asked for again: what has been read cannot be taken back.
    const { events, first } = await this.caller.callWithOptions(signal ? { signal } : {}, async () => {
      const iterator = streamChat(this.transport, request, signal ? { signal } : {})[Symbol.asyncIterator]()
      return { events: iterator, first: await iterator.next() }
    })
    try {
      for (let next = first; !next.done; next = await events.next()) {
        const chunk = generationChunkOf(next.value)
        if (!chunk) continue
        yield chunk
        await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk })
      }
    } finally {
      await events.return?.()
    }
  }

  override bindTools(
    tools: BindToolsInput[],
    { strict, ...options }: Partial<ChatOpenGradientCallOptions> & { readonly strict?: boolean } = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatOpenGradientCallOptions> {
    return this.withConfig({ ...options, tools: tools.map((tool) => wireToolOf(tool, strict)) })
  }

  override withStructuredOutput<Output extends Record<string, unknown> = Record<string, unknown>>(
    outputSchema: Schema<Output>,
    config?: StructuredOutputMethodOptions<false>,
  ): Runnable<BaseLanguageModelInput, Output>
  override withStructuredOutput<Output extends Record<string, unknown> = Record<string, unknown>>(
    outputSchema: Schema<Output>,
    config?: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, Raw<Output>>
  override withStructuredOutput<Output extends Record<string, unknown> = Record<string, unknown>>(
    outputSchema: Schema<Output>,
    config: StructuredOutputMethodOptions<boolean> = {},
  ): Runnable<BaseLanguageModelInput, Output> | Runnable<BaseLanguageModelInput, Raw<Output>> {
    const name = config.name ?? 'answer'
    const schema = jsonSchemaOf(outputSchema)
    const strict = config.strict === undefined ? {} : { strict: config.strict }
    if (config.method === 'functionCalling') {
      const tool = { type: 'function', function: { name, parameters: schema, ...strict } }
      const model = this.withConfig({ tools: [tool], tool_choice: name })
      return assembleStructuredOutputPipeline(model, createFunctionCallingParser(outputSchema, name), config.includeRaw)
    }
    const format: JsonObject =
      config.method === 'jsonMode'
        ? { type: 'json_object' }
        : { type: 'json_schema', json_schema: { name, schema, ...strict } }
    const model = this.withConfig({ response_format: format })
    return assembleStructuredOutputPipeline(model, createContentParser(outputSchema), config.includeRaw)
  }

  private requestOf(messages: readonly BaseMessage[], options: this['ParsedCallOptions']): ChatRequest {
    return { ...this.invocationParams(options), model: this.model, messages: chatMessagesOf(messages) }
  }
}

/** What LangChain asks before it repeats a call: throwing means no. */
function refuseRepetition(error: unknown): void {
  if (isLlmError(error) && !error.isRetryable) throw error
}

function generationChunkOf(event: ChatEvent): ChatGenerationChunk | undefined {
  switch (event.type) {
    case 'text-delta':
      return new ChatGenerationChunk({ text: event.text, message: new AIMessageChunk({ content: event.text }) })
    case 'refusal-delta':
      return kwargsChunkOf({ refusal: event.text })
    case 'reasoning-delta':
      return kwargsChunkOf({ reasoning_content: event.text })
    case 'tool-call-delta': {
      const { index, id, name, arguments: args } = event
      const chunk = {
        type: 'tool_call_chunk' as const,
        index,
        args,
        ...(id === undefined ? {} : { id }),
        ...(name === undefined ? {} : { name }),
      }
      return new ChatGenerationChunk({
        text: '',
        message: new AIMessageChunk({ content: '', tool_call_chunks: [chunk] }),
      })
    }
    case 'end':
      return new ChatGenerationChunk({ text: '', message: lastChunkOf(event.result) })
    default:
      return undefined
  }
}

function kwargsChunkOf(additional_kwargs: Record<string, unknown>): ChatGenerationChunk {
  return new ChatGenerationChunk({ text: '', message: new AIMessageChunk({ content: '', additional_kwargs }) })
}

function jsonSchemaOf(schema: Schema<Record<string, unknown>>): JsonObject {
  const converted: unknown = isInteropZodSchema(schema) || isSerializableSchema(schema) ? toJsonSchema(schema) : schema
  const plain: unknown = JSON.parse(JSON.stringify(converted))
  if (!isJsonObject(plain)) throw new TypeError('a schema must be an object')
  return plain
}

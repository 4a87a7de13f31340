import type { ChatMessage, ToolChoice } from '@og/llm'
import type { InferenceMode, SettlementMode } from '@og/settlement'
import { ClientError } from '../client-error.js'
import type { CreateClientOptions } from '../client-options.js'
import { type Client, createClient } from '../create-client.js'
import type { ChatResult, CompletionResult } from '../inference-result.js'
import type { ToolOption } from '../tool-options.js'
import { type InferenceModeValue, inferenceModeOf, type SettlementModeValue, settlementModeOf } from './modes.js'
import {
  chatOutputOf,
  completionOutputOf,
  generationStreamOf,
  type TextGenerationOutput,
  type TextGenerationStream,
} from './text-generation.js'

/** Who calls, in the spelling of the OpenGradient API. */
export interface NewClientOptions {
  /** Of no use here: inference is paid by key. A notice says so. */
  readonly email?: string | null
  /** Of no use here either. */
  readonly password?: string | null
  /** Key of the paying account; `OG_PRIVATE_KEY` of the environment when absent. */
  readonly private_key?: string | null | undefined
}

/** Everything else that `createClient` takes, and two doors to the world. */
export interface NewClientSettings extends Omit<CreateClientOptions, 'privateKey' | 'account'> {
  /** Told what is ignored; `console.warn` unless told otherwise. */
  readonly onNotice?: (notice: string) => void
  /** The process's environment unless told otherwise. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** What `llm_completion` and `llm_chat` share. `null` is as good as leaving out. */
interface GenerationOptions {
  readonly model_cid: string
  /** `LlmInferenceMode.VANILLA` unless told otherwise. */
  readonly inference_mode?: InferenceModeValue
  /** 100 unless told otherwise. */
  readonly max_tokens?: number
  /** 0 unless told otherwise. */
  readonly temperature?: number
  readonly stop_sequence?: string | readonly string[] | null
  /** `x402SettlementMode.SETTLE` unless told otherwise. */
  readonly settlement_mode?: SettlementModeValue
  /** Another name of `settlement_mode`; give one of the two. */
  readonly x402_settlement_mode?: SettlementModeValue
  readonly stream?: boolean
}

/** Options of `llm_completion`. */
export interface CompletionParameters extends GenerationOptions {
  readonly prompt: string
}

/** Options of `llm_chat`. */
export interface ChatParameters extends GenerationOptions {
  readonly messages: readonly ChatMessage[]
  readonly tools?: readonly ToolOption[] | null
  readonly tool_choice?: ToolChoice | null
}

/** The client in the spelling of the OpenGradient API. */
export interface OpenGradientClient {
  llm_completion(
    parameters: CompletionParameters & { readonly stream: true },
  ): Promise<TextGenerationStream<TextGenerationOutput<CompletionResult>>>
  llm_completion(
    parameters: CompletionParameters & { readonly stream?: false },
  ): Promise<TextGenerationOutput<CompletionResult>>
  llm_chat(
    parameters: ChatParameters & { readonly stream: true },
  ): Promise<TextGenerationStream<TextGenerationOutput<ChatResult>>>
  llm_chat(parameters: ChatParameters & { readonly stream?: false }): Promise<TextGenerationOutput<ChatResult>>
  /** The same client with all its functions. */
  readonly client: Client
}

/**
 * Creates a client that reads as code for the OpenGradient API does.
 * @throws ClientError `INVALID_OPTIONS`
 * @example
 * const client = newClient({ email: null, password: null, private_key: process.env.OG_PRIVATE_KEY })
 * const result = await client.llm_completion({ model_cid: 'openai/gpt-4o', prompt: 'Say hello' })
 * console.log(result.completion_output, result.payment_hash)
 */
export function newClient(options: NewClientOptions = {}, settings: NewClientSettings = {}): OpenGradientClient {
  const { onNotice = warn, environment = environmentOfProcess(), ...rest } = settings
  if (options.email != null || options.password != null) {
    onNotice('email and password are ignored: inference is paid by the private key')
  }
  const client = createClient({ ...rest, privateKey: options.private_key ?? environment['OG_PRIVATE_KEY'] })

  async function completion(
    parameters: CompletionParameters,
  ): Promise<TextGenerationStream<TextGenerationOutput<CompletionResult>> | TextGenerationOutput<CompletionResult>> {
    const call = { ...commonOf(parameters), prompt: parameters.prompt }
    if (parameters.stream !== true) return completionOutputOf(await client.llmCompletion(call))
    return generationStreamOf(await client.llmCompletion({ ...call, stream: true }), completionOutputOf)
  }

  async function chat(
    parameters: ChatParameters,
  ): Promise<TextGenerationStream<TextGenerationOutput<ChatResult>> | TextGenerationOutput<ChatResult>> {
    const { messages, tools, tool_choice: toolChoice } = parameters
    const call = {
      ...commonOf(parameters),
      messages,
      ...(tools == null ? {} : { tools }),
      ...(toolChoice == null ? {} : { toolChoice }),
    }
    if (parameters.stream !== true) return chatOutputOf(await client.llmChat(call))
    return generationStreamOf(await client.llmChat({ ...call, stream: true }), chatOutputOf)
  }

  // The two forms of each call are told apart by `stream`, as their signatures in the interface say.
  return { llm_completion: completion, llm_chat: chat, client } as OpenGradientClient
}

/** The parameters that both calls share, in the spelling of `createClient`'s functions. */
function commonOf(parameters: GenerationOptions): {
  readonly model: string
  readonly maxTokens?: number
  readonly temperature?: number
  readonly stopSequence?: string | readonly string[]
  readonly inferenceMode?: InferenceMode
  readonly settlementMode?: SettlementMode
} {
  const { model_cid, max_tokens, temperature, stop_sequence, inference_mode } = parameters
  const { settlement_mode, x402_settlement_mode } = parameters
  if (settlement_mode != null && x402_settlement_mode != null) {
    throw new ClientError('INVALID_REQUEST', 'settlement_mode and x402_settlement_mode are the same: give one of them')
  }
  const settlement = settlement_mode ?? x402_settlement_mode
  return {
    model: model_cid,
    ...(max_tokens == null ? {} : { maxTokens: max_tokens }),
    ...(temperature == null ? {} : { temperature }),
    ...(stop_sequence == null ? {} : { stopSequence: stop_sequence }),
    ...(inference_mode == null ? {} : { inferenceMode: inferenceModeOf(inference_mode) }),
    ...(settlement == null ? {} : { settlementMode: settlementModeOf(settlement) }),
  }
}

function warn(notice: string): void {
  // biome-ignore lint/suspicious/noConsole: what is ignored must be said also where nobody asked to be told
  globalThis.console.warn(notice)
}

/** Nothing in a browser. */
function environmentOfProcess(): Readonly<Record<string, string | undefined>> {
  return globalThis.process?.env ?? {}
}

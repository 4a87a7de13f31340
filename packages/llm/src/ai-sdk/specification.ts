/**
 * The part of the AI SDK's model specification that this provider speaks, written down here so that nothing has to be installed. `LanguageModelV4`
 * and `LanguageModelV3` of `@ai-sdk/provider` accept these; what may come in is wider than either, what goes out narrower.
 */

/** JSON as the specification types it. */
export type SdkJson = null | string | number | boolean | SdkJson[] | SdkObject
/** A JSON object as the specification types it. */
export type SdkObject = { [key: string]: SdkJson | undefined }
/** Facts by provider name. */
export type SdkMetadata = Record<string, SdkObject>

/** Something that was asked for and has no effect. */
export type SdkWarning = { type: 'unsupported'; feature: string; details?: string } | { type: 'other'; message: string }

/** A part of a message of the prompt, of any type. */
export interface SdkPromptPart {
  readonly type: string
  readonly text?: string
  readonly data?: unknown
  readonly mediaType?: string
  readonly filename?: string | undefined
  readonly toolCallId?: string
  readonly toolName?: string
  readonly input?: unknown
  readonly output?: unknown
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined
}

/** A message of the prompt. */
export interface SdkMessage {
  readonly role: string
  readonly content: string | readonly SdkPromptPart[]
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined
}

/** A tool of a call. */
export interface SdkTool {
  readonly type: string
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema?: unknown
  readonly strict?: boolean | undefined
}

/** Options of a call. */
export interface SdkCallOptions {
  readonly prompt: readonly SdkMessage[]
  readonly maxOutputTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly stopSequences?: readonly string[] | undefined
  readonly topP?: number | undefined
  readonly topK?: number | undefined
  readonly presencePenalty?: number | undefined
  readonly frequencyPenalty?: number | undefined
  readonly responseFormat?:
    | { readonly type: 'text' }
    | {
        readonly type: 'json'
        readonly schema?: unknown
        readonly name?: string | undefined
        readonly description?: string | undefined
      }
    | undefined
  readonly seed?: number | undefined
  readonly tools?: readonly SdkTool[] | undefined
  readonly toolChoice?: { readonly type: string; readonly toolName?: string } | undefined
  readonly abortSignal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** Version 4 only. */
  readonly reasoning?: string | undefined
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined
}

/** A piece of an answer. */
export type SdkContent =
  | { type: 'text'; text: string; providerMetadata?: SdkMetadata }
  | { type: 'reasoning'; text: string; providerMetadata?: SdkMetadata }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string; providerMetadata?: SdkMetadata }

/** Why generation ended: in common terms, and as the server spelt it. */
export interface SdkFinishReason {
  unified: 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'
  raw: string | undefined
}

/** Token counts. */
export interface SdkUsage {
  inputTokens: {
    total: number | undefined
    noCache: number | undefined
    cacheRead: number | undefined
    cacheWrite: number | undefined
  }
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined }
  raw?: SdkObject
}

/** A whole answer. */
export interface SdkGenerateResult {
  content: SdkContent[]
  finishReason: SdkFinishReason
  usage: SdkUsage
  providerMetadata?: SdkMetadata
  request?: { body?: unknown }
  response?: { id?: string; timestamp?: Date; modelId?: string; headers?: Record<string, string>; body?: unknown }
  warnings: SdkWarning[]
}

/** A part of a streamed answer. */
export type SdkStreamPart =
  | { type: 'stream-start'; warnings: SdkWarning[] }
  | { type: 'response-metadata'; id?: string; timestamp?: Date; modelId?: string }
  | { type: 'text-start' | 'reasoning-start'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'text-end' | 'reasoning-end'; id: string; providerMetadata?: SdkMetadata }
  | { type: 'tool-input-start'; id: string; toolName: string }
  | { type: 'tool-input-delta'; id: string; delta: string }
  | { type: 'tool-input-end'; id: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string; providerMetadata?: SdkMetadata }
  | { type: 'finish'; usage: SdkUsage; finishReason: SdkFinishReason; providerMetadata?: SdkMetadata }
  | { type: 'error'; error: unknown }

/** A streamed answer. */
export interface SdkStreamResult {
  stream: ReadableStream<SdkStreamPart>
  request?: { body?: unknown }
  response?: { headers?: Record<string, string> }
}

/** A language model. */
export interface SdkLanguageModel<Version extends 'v3' | 'v4'> {
  readonly specificationVersion: Version
  readonly provider: string
  readonly modelId: string
  readonly supportedUrls: Record<string, RegExp[]>
  doGenerate(options: SdkCallOptions): Promise<SdkGenerateResult>
  doStream(options: SdkCallOptions): Promise<SdkStreamResult>
}

/** Options of an embedding call. */
export interface SdkEmbedOptions {
  readonly values: readonly string[]
  readonly abortSignal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined
}

/** Vectors. */
export interface SdkEmbedResult {
  embeddings: number[][]
  usage?: { tokens: number }
  providerMetadata?: SdkMetadata
  response?: { headers?: Record<string, string>; body?: unknown }
  warnings: SdkWarning[]
}

/** An embedding model. */
export interface SdkEmbeddingModel<Version extends 'v3' | 'v4'> {
  readonly specificationVersion: Version
  readonly provider: string
  readonly modelId: string
  readonly maxEmbeddingsPerCall: number
  readonly supportsParallelCalls: boolean
  doEmbed(options: SdkEmbedOptions): Promise<SdkEmbedResult>
}

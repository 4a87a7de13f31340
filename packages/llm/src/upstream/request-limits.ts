/** Bounds on what a request may contain. The size of the whole body is bounded by whoever reads it. */
export const requestLimits: {
  readonly modelLength: number
  readonly messages: number
  readonly contentParts: number
  readonly tools: number
  readonly toolCalls: number
  readonly stopSequences: number
  readonly stopLength: number
  readonly nameLength: number
  readonly idLength: number
  readonly logitBias: number
  readonly metadata: number
  readonly maxTokens: number
} = {
  modelLength: 256,
  messages: 4096,
  contentParts: 512,
  tools: 128,
  toolCalls: 128,
  stopSequences: 4,
  stopLength: 1024,
  nameLength: 256,
  idLength: 256,
  logitBias: 1024,
  metadata: 16,
  maxTokens: 10_000_000,
}

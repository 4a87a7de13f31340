export { LLM, TEE_LLM } from './models.js'
export { type InferenceModeValue, LlmInferenceMode, type SettlementModeValue, x402SettlementMode } from './modes.js'
export {
  type ChatParameters,
  type CompletionParameters,
  type NewClientOptions,
  type NewClientSettings,
  newClient,
  type OpenGradientClient,
} from './new-client.js'
export type { StreamChunk, TextGenerationOutput, TextGenerationStream } from './text-generation.js'

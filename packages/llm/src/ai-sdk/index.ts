export { CallFailure } from './call-failure.js'
export {
  createOpenGradient,
  createOpenGradientV3,
  type OpenGradientOptions,
  type OpenGradientProvider,
} from './create-open-gradient.js'
export type {
  SdkCallOptions,
  SdkContent,
  SdkEmbeddingModel,
  SdkEmbedOptions,
  SdkEmbedResult,
  SdkFinishReason,
  SdkGenerateResult,
  SdkJson,
  SdkLanguageModel,
  SdkMessage,
  SdkMetadata,
  SdkObject,
  SdkPromptPart,
  SdkStreamPart,
  SdkStreamResult,
  SdkTool,
  SdkUsage,
  SdkWarning,
} from './specification.js'

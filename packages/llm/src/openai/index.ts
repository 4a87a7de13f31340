export { type OpenAiOptions, type OpenAiOptionsInput, openaiOptions } from './openai-options.js'
export type { ModeOptions, PayingClient } from './paying-client.js'

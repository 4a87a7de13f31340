/** Models that the OpenGradient API names for inference in an enclave. */
export const TEE_LLM = {
  GPT_4_1: 'openai/gpt-4.1',
  GPT_4_1_2025_04_14: 'openai/gpt-4.1-2025-04-14',
  GPT_4O: 'openai/gpt-4o',
  O4_MINI: 'openai/o4-mini',
  CLAUDE_3_5_HAIKU: 'anthropic/claude-3.5-haiku',
  CLAUDE_3_7_SONNET: 'anthropic/claude-3.7-sonnet',
  CLAUDE_4_0_SONNET: 'anthropic/claude-4.0-sonnet',
  GEMINI_2_0_FLASH: 'google/gemini-2.0-flash',
  GEMINI_2_5_FLASH: 'google/gemini-2.5-flash',
  GEMINI_2_5_FLASH_LITE: 'google/gemini-2.5-flash-lite',
  GEMINI_2_5_FLASH_PREVIEW: 'google/gemini-2.5-flash-preview',
  GEMINI_2_5_PRO: 'google/gemini-2.5-pro',
  GEMINI_2_5_PRO_PREVIEW: 'google/gemini-2.5-pro-preview',
  GROK_2_1212: 'x-ai/grok-2-1212',
  GROK_2_VISION_LATEST: 'x-ai/grok-2-vision-latest',
  GROK_3_BETA: 'x-ai/grok-3-beta',
  GROK_3_MINI_BETA: 'x-ai/grok-3-mini-beta',
  GROK_4_1_FAST: 'x-ai/grok-4.1-fast',
  GROK_4_1_FAST_NON_REASONING: 'x-ai/grok-4-1-fast-non-reasoning',
} as const

/** Models that earlier versions of the OpenGradient API named. */
const EARLIER = {
  META_LLAMA_3_8B_INSTRUCT: 'meta-llama/Meta-Llama-3-8B-Instruct',
  META_LLAMA_3_1_70B_INSTRUCT: 'meta-llama/Llama-3.1-70B-Instruct',
  LLAMA_3_2_3B_INSTRUCT: 'meta-llama/Llama-3.2-3B-Instruct',
  MISTRAL_7B_INSTRUCT_V3: 'mistralai/Mistral-7B-Instruct-v0.3',
  QWEN_2_5_72B_INSTRUCT: 'Qwen/Qwen2.5-72B-Instruct',
  DOBBY_UNHINGED_3_1_8B: 'SentientAGI/Dobby-Mini-Unhinged-Llama-3.1-8B',
  DOBBY_LEASHED_3_1_8B: 'SentientAGI/Dobby-Mini-Leashed-Llama-3.1-8B',
} as const

/** All models that the OpenGradient API has named, those of earlier versions too. `GET /v1/models` says which of them a node serves. */
export const LLM: typeof TEE_LLM & typeof EARLIER = { ...TEE_LLM, ...EARLIER }

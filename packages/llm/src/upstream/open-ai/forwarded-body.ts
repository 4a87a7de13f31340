import { type JsonDraft, type JsonObject, objectsAt } from '../../json.js'
import type { UpstreamEndpoint } from '../upstream.js'

const shared = [
  'temperature',
  'top_p',
  'max_tokens',
  'frequency_penalty',
  'presence_penalty',
  'stop',
  'seed',
  'logit_bias',
]

/** The members of a request that reach the provider. Others have no effect, as the OpenAI API does with unknown ones. */
const forwarded: Readonly<Record<UpstreamEndpoint, readonly string[]>> = {
  'chat.completions': [
    'messages',
    ...shared,
    'max_completion_tokens',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'response_format',
    'reasoning_effort',
    'verbosity',
  ],
  completions: ['prompt', ...shared],
}

/** Which of the two spellings of the token limit a provider understands. */
export type MaxTokensField = 'as-sent' | 'max_tokens' | 'max_completion_tokens'

/** Whether earlier reasoning goes back with the messages. OpenAI and xAI refuse members that they do not know. */
export type ReasoningField = 'as-sent' | 'dropped'

/** Builds the body for a provider: always streamed, always with usage. */
export function forwardedBodyOf(
  request: { readonly endpoint: UpstreamEndpoint; readonly model: string; readonly body: JsonObject },
  options: {
    readonly maxTokensField: MaxTokensField
    readonly extraFields: readonly string[]
    readonly reasoningField?: ReasoningField
  },
): JsonObject {
  const draft: JsonDraft = { model: request.model }
  for (const key of [...forwarded[request.endpoint], ...options.extraFields]) {
    const value = Object.hasOwn(request.body, key) ? request.body[key] : undefined
    if (value !== undefined && value !== null) draft[key] = value
  }
  if (options.reasoningField === 'dropped' && draft['messages'] !== undefined) {
    draft['messages'] = objectsAt(draft, 'messages').map(withoutReasoning)
  }
  const field = options.maxTokensField
  if (field !== 'as-sent' && request.endpoint === 'chat.completions') {
    const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
    const limit = draft[field] ?? draft[other]
    delete draft[other]
    if (limit !== undefined) draft[field] = limit
  }
  draft['stream'] = true
  draft['stream_options'] = { include_usage: true }
  return draft
}

function withoutReasoning(message: JsonObject): JsonObject {
  const { reasoning: _, reasoning_content: __, reasoning_details: ___, ...rest } = message
  return rest
}

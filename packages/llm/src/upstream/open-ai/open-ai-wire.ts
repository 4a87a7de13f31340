import type { JsonDraft } from '../../json.js'
import { readEmbeddings } from '../embeddings.js'
import type { Wire } from '../http/wire.js'
import { createChatReader } from './chat-reader.js'
import { createCompletionReader } from './completion-reader.js'
import { openAiErrorCode } from './error-code.js'
import { forwardedBodyOf, type MaxTokensField, type ReasoningField } from './forwarded-body.js'

/** How OpenAI's own API, and those made after it, are spoken. */
export function openAiWire(options: {
  readonly maxTokensField: MaxTokensField
  readonly reasoningField: ReasoningField
  readonly extraFields: readonly string[]
}): Wire {
  return {
    callOf(request) {
      const isChat = request.endpoint === 'chat.completions'
      return {
        path: isChat ? '/chat/completions' : '/completions',
        body: forwardedBodyOf(request, options),
        reader: isChat ? createChatReader() : createCompletionReader(),
        usesEventNames: false,
      }
    },
    embeddingsCallOf({ model, input, dimensions }) {
      const body: JsonDraft = { model, input, encoding_format: 'float' }
      if (dimensions !== undefined) body['dimensions'] = dimensions
      return { path: '/embeddings', body, read: (answer) => readEmbeddings(answer, { count: input.length }) }
    },
    errorCodeOf: openAiErrorCode,
  }
}

import { isJsonObject, type JsonDraft, type JsonObject, type JsonValue } from '../json.js'
import type { ChatRequest } from '../message.js'
import { chatMessagesOf } from './prompt-messages.js'
import { providerName } from './sdk-metadata.js'
import type { SdkCallOptions, SdkWarning } from './specification.js'

/** Turns the options of a call into the body of a chat request, and says what of them has no effect. */
export function requestBodyOf(
  modelId: string,
  options: SdkCallOptions,
): { readonly body: ChatRequest; readonly warnings: SdkWarning[] } {
  const warnings: SdkWarning[] = []
  const own = options.providerOptions?.[providerName]
  const settings: JsonObject = isJsonObject(own) ? own : {}
  const draft: JsonDraft = {}
  const set = (key: string, value: JsonValue | undefined): void => {
    if (value !== undefined) draft[key] = value
  }
  set('max_tokens', options.maxOutputTokens)
  set('temperature', options.temperature)
  set('top_p', options.topP)
  set('presence_penalty', options.presencePenalty)
  set('frequency_penalty', options.frequencyPenalty)
  set('seed', options.seed)
  if (options.stopSequences && options.stopSequences.length > 0) draft['stop'] = [...options.stopSequences]
  if (options.topK !== undefined) warnings.push({ type: 'unsupported', feature: 'topK' })
  set('reasoning_effort', reasoningEffortOf(options, settings))
  set('parallel_tool_calls', settings['parallelToolCalls'])
  set('user', settings['user'])
  set('response_format', responseFormatOf(options, settings))
  addTools(draft, options, warnings)
  // A string in the AI SDK's types, and for any reader of the request the first thing to see.
  const messages = chatMessagesOf(options.prompt, warnings) as ChatRequest['messages']
  return { body: { model: modelId, messages, ...draft }, warnings }
}

function reasoningEffortOf(options: SdkCallOptions, settings: JsonObject): JsonValue | undefined {
  if (settings['reasoningEffort'] !== undefined) return settings['reasoningEffort']
  return options.reasoning === 'provider-default' ? undefined : options.reasoning
}

function responseFormatOf({ responseFormat }: SdkCallOptions, settings: JsonObject): JsonObject | undefined {
  if (responseFormat?.type !== 'json') return undefined
  const { schema, name, description } = responseFormat
  if (!isJsonObject(schema)) return { type: 'json_object' }
  return {
    type: 'json_schema',
    json_schema: {
      schema,
      strict: settings['strictJsonSchema'] ?? true,
      name: name ?? 'response',
      ...(description === undefined ? {} : { description }),
    },
  }
}

function addTools(draft: JsonDraft, { tools = [], toolChoice }: SdkCallOptions, warnings: SdkWarning[]): void {
  const usable = tools.flatMap((tool): readonly JsonObject[] => {
    if (tool.type !== 'function') {
      warnings.push({ type: 'unsupported', feature: `provider tool ${tool.name}` })
      return []
    }
    return [
      {
        type: 'function',
        function: {
          name: tool.name,
          ...(tool.description === undefined ? {} : { description: tool.description }),
          parameters: isJsonObject(tool.inputSchema) ? tool.inputSchema : { type: 'object', properties: {} },
          ...(tool.strict === undefined ? {} : { strict: tool.strict }),
        },
      },
    ]
  })
  if (usable.length === 0) return
  draft['tools'] = usable
  if (toolChoice === undefined) return
  draft['tool_choice'] =
    toolChoice.type === 'tool' ? { type: 'function', function: { name: toolChoice.toolName ?? '' } } : toolChoice.type
}

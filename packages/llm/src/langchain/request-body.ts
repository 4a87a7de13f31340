import type { BindToolsInput } from '@langchain/core/language_models/chat_models'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import { isJsonObject, type JsonDraft, type JsonObject, type JsonValue } from '../json.js'

/** Settings of a model that travel with each request. */
export interface ModelSettings {
  readonly temperature?: number
  readonly maxTokens?: number
  readonly topP?: number
  readonly seed?: number
  /** Only sequences of the model; those of a call come with the call. */
  readonly stop?: readonly string[]
  readonly reasoningEffort?: string
}

/** The settings in the names of the chat API. */
export function settingsBodyOf(settings: ModelSettings, stop: readonly string[] | undefined): JsonObject {
  const draft: JsonDraft = {}
  const set = (key: string, value: JsonValue | undefined): void => {
    if (value !== undefined) draft[key] = value
  }
  set('temperature', settings.temperature)
  set('max_tokens', settings.maxTokens)
  set('top_p', settings.topP)
  set('seed', settings.seed)
  set('reasoning_effort', settings.reasoningEffort)
  const sequences = stop ?? settings.stop
  if (sequences && sequences.length > 0) draft['stop'] = [...sequences]
  return draft
}

/** A tool in any form that LangChain knows, in the form of the chat API. */
export function wireToolOf(tool: BindToolsInput, strict: boolean | undefined): JsonObject {
  const converted: unknown = JSON.parse(JSON.stringify(convertToOpenAITool(tool)))
  const fn = isJsonObject(converted) ? converted['function'] : undefined
  if (!isJsonObject(converted) || !isJsonObject(fn)) throw new TypeError('a tool must have a name and a schema')
  return strict === undefined ? converted : { ...converted, function: { ...fn, strict } }
}

/** LangChain's `tool_choice` in the form of the chat API: `any` is `required` there, and a name is a function. */
export function toolChoiceOf(choice: unknown): JsonValue | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'any') return 'required'
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (typeof choice === 'string') return { type: 'function', function: { name: choice } }
  return isJsonObject(choice) ? choice : undefined
}

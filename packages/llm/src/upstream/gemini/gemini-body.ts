import {
  isJsonArray,
  isJsonObject,
  type JsonDraft,
  type JsonObject,
  numberAt,
  objectAt,
  objectsAt,
  stringAt,
} from '../../json.js'
import type { UpstreamRequest } from '../upstream.js'
import { geminiContentsOf } from './contents-of.js'
import { type GeminiModel, geminiModelOf } from './gemini-model.js'
import { geminiSchemaOf } from './gemini-schema.js'

/** Turns a request into the body of `generateContent`. @throws UpstreamError `UPSTREAM_UNSUPPORTED` */
export function geminiBodyOf(request: UpstreamRequest): JsonObject {
  const model = geminiModelOf(request.model)
  const { system, contents } = geminiContentsOf(chatMessagesOf(request), model)
  const draft: JsonDraft = { contents }
  if (system.length > 0) draft['systemInstruction'] = { parts: system }
  const config = generationConfigOf(request.body, model)
  if (Object.keys(config).length > 0) draft['generationConfig'] = config
  addTools(draft, request.body)
  return draft
}

function chatMessagesOf(request: UpstreamRequest): readonly JsonObject[] {
  if (request.endpoint === 'chat.completions') return objectsAt(request.body, 'messages')
  const { prompt } = request.body
  const text = isJsonArray(prompt) ? prompt[0] : prompt
  return [{ role: 'user', content: typeof text === 'string' ? text : '' }]
}

function generationConfigOf(source: JsonObject, model: GeminiModel): JsonObject {
  const config: JsonDraft = {}
  const copy = (from: string, to: string): void => {
    const value = numberAt(source, from)
    if (value !== undefined) config[to] = value
  }
  copy('temperature', 'temperature')
  copy('top_p', 'topP')
  copy('seed', 'seed')
  if (model.takesPenalties) {
    copy('frequency_penalty', 'frequencyPenalty')
    copy('presence_penalty', 'presencePenalty')
  }
  copy('max_tokens', 'maxOutputTokens')
  const newer = numberAt(source, 'max_completion_tokens')
  if (newer !== undefined) config['maxOutputTokens'] = Math.min(newer, numberAt(config, 'maxOutputTokens') ?? newer)
  const { stop } = source
  const sequences = typeof stop === 'string' ? [stop] : isJsonArray(stop) ? stop : []
  if (sequences.length > 0) config['stopSequences'] = sequences
  addFormat(config, source)
  const thinking = thinkingConfigOf(source, model)
  if (thinking) config['thinkingConfig'] = thinking
  return config
}

function addFormat(config: JsonDraft, source: JsonObject): void {
  const format = objectAt(source, 'response_format')
  const type = format && stringAt(format, 'type')
  if (!format || (type !== 'json_object' && type !== 'json_schema')) return
  config['responseMimeType'] = 'application/json'
  const schema = objectAt(objectAt(format, 'json_schema') ?? {}, 'schema')
  if (!schema) return
  const converted = geminiSchemaOf(schema)
  if (converted) config['responseSchema'] = converted
  else config['responseJsonSchema'] = schema
}

const budgets: Readonly<Record<string, number>> = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
}

/** Thoughts come back only where thinking was asked for. */
function thinkingConfigOf(source: JsonObject, model: GeminiModel): JsonObject | undefined {
  const effort = stringAt(source, 'reasoning_effort')
  if (effort === undefined || model.thinking === 'none') return undefined
  if (model.thinking === 'budget') {
    if (effort === 'none') return model.canStopThinking ? { thinkingBudget: 0 } : { thinkingBudget: 128 }
    return { thinkingBudget: budgets[effort] ?? -1, includeThoughts: true }
  }
  if (effort === 'none' || effort === 'minimal') return { thinkingLevel: 'low' }
  return { thinkingLevel: effort === 'xhigh' || effort === 'max' ? 'high' : effort, includeThoughts: true }
}

function addTools(draft: JsonDraft, source: JsonObject): void {
  const declarations = objectsAt(source, 'tools').map((tool) => declarationOf(objectAt(tool, 'function') ?? {}))
  if (declarations.length === 0) return
  draft['tools'] = [{ functionDeclarations: declarations }]
  const config = callingConfigOf(source)
  if (config) draft['toolConfig'] = { functionCallingConfig: config }
}

function declarationOf(fn: JsonObject): JsonObject {
  const declaration: JsonDraft = { name: stringAt(fn, 'name') ?? '', description: stringAt(fn, 'description') ?? '' }
  const parameters = objectAt(fn, 'parameters')
  if (!parameters) return declaration
  const schema = geminiSchemaOf(parameters)
  if (!schema) return { ...declaration, parametersJsonSchema: parameters }
  // An object without properties is refused where parameters are expected.
  return objectAt(schema, 'properties') || schema['anyOf'] ? { ...declaration, parameters: schema } : declaration
}

function callingConfigOf(source: JsonObject): JsonObject | undefined {
  const choice = source['tool_choice']
  if (choice === 'auto') return { mode: 'AUTO' }
  if (choice === 'none') return { mode: 'NONE' }
  if (choice === 'required') return { mode: 'ANY' }
  if (!isJsonObject(choice)) return undefined
  return { mode: 'ANY', allowedFunctionNames: [stringAt(objectAt(choice, 'function') ?? {}, 'name') ?? ''] }
}

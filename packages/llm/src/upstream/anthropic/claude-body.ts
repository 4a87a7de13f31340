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
import { type ClaudeModel, claudeModelOf } from './claude-model.js'
import { claudeSchemaOf } from './claude-schema.js'
import { claudeMessagesOf } from './messages-of.js'

/** A body for `POST /v1/messages`, and what its answer has to be read with. */
export interface ClaudeCall {
  readonly body: JsonObject
  /** A tool that stands for the schema of the answer: its arguments are the answer. */
  readonly answerTool: string | undefined
}

/** The tool that older models are made to call when the answer must fit a schema. */
const answerTool = 'json_answer'
const jsonOnly = 'The answer is one JSON object and nothing else.'

/** Turns a request into the Messages API. @throws UpstreamError `UPSTREAM_UNSUPPORTED` */
export function claudeCallOf(request: UpstreamRequest): ClaudeCall {
  const model = claudeModelOf(request.model)
  const source = request.body
  const { system, messages } = claudeMessagesOf(chatMessagesOf(request))
  const format = request.endpoint === 'completions' ? undefined : responseFormatOf(source)
  const maxTokens = Math.min(
    numberAt(source, 'max_tokens') ?? Number.POSITIVE_INFINITY,
    numberAt(source, 'max_completion_tokens') ?? Number.POSITIVE_INFINITY,
  )
  const draft: JsonDraft = {
    model: request.model,
    max_tokens: Number.isFinite(maxTokens) ? maxTokens : model.defaultMaxTokens,
    messages,
    stream: true,
  }
  const instructions = format?.type === 'object' ? [...system, { type: 'text', text: jsonOnly }] : system
  if (instructions.length > 0) draft['system'] = instructions
  const stop = stopSequencesOf(source)
  if (stop.length > 0) draft['stop_sequences'] = stop
  const usesTool = format?.type === 'schema' && !model.takesSchema
  addTools(draft, { source, model, schema: usesTool ? format.schema : undefined })
  if (format?.type === 'schema' && model.takesSchema) {
    draft['output_config'] = { format: { type: 'json_schema', schema: claudeSchemaOf(format.schema) } }
  }
  addThinking(draft, { source, model })
  addSampling(draft, { source, model })
  return { body: draft, answerTool: usesTool ? answerTool : undefined }
}

function chatMessagesOf(request: UpstreamRequest): readonly JsonObject[] {
  if (request.endpoint === 'chat.completions') return objectsAt(request.body, 'messages')
  const { prompt } = request.body
  const text = isJsonArray(prompt) ? prompt[0] : prompt
  return [{ role: 'user', content: typeof text === 'string' ? text : '' }]
}

type AnswerFormat = { readonly type: 'object' } | { readonly type: 'schema'; readonly schema: JsonObject }

function responseFormatOf(source: JsonObject): AnswerFormat | undefined {
  const format = objectAt(source, 'response_format')
  if (format?.['type'] === 'json_object') return { type: 'object' }
  if (format?.['type'] !== 'json_schema') return undefined
  const schema = objectAt(objectAt(format, 'json_schema') ?? {}, 'schema')
  return schema ? { type: 'schema', schema } : { type: 'object' }
}

function stopSequencesOf(source: JsonObject): readonly string[] {
  const { stop } = source
  const list = typeof stop === 'string' ? [stop] : isJsonArray(stop) ? stop : []
  // Stop sequences of white space only are refused.
  return list.filter((item): item is string => typeof item === 'string' && item.trim() !== '')
}

function addTools(
  draft: JsonDraft,
  {
    source,
    model,
    schema,
  }: { readonly source: JsonObject; readonly model: ClaudeModel; readonly schema: JsonObject | undefined },
): void {
  const tools = objectsAt(source, 'tools').map((tool) => {
    const fn = objectAt(tool, 'function') ?? {}
    const wire: JsonDraft = {
      name: stringAt(fn, 'name') ?? '',
      input_schema: objectAt(fn, 'parameters') ?? { type: 'object', properties: {} },
    }
    const description = stringAt(fn, 'description')
    if (description !== undefined) wire['description'] = description
    if (fn['strict'] === true && model.takesSchema) wire['strict'] = true
    return wire
  })
  if (schema) {
    draft['tools'] = [...tools, { name: answerTool, description: 'Gives the answer.', input_schema: schema }]
    // With tools of its own the model must be free to use them first.
    draft['tool_choice'] = tools.length > 0 ? { type: 'any' } : { type: 'tool', name: answerTool }
    return
  }
  if (tools.length === 0) return
  draft['tools'] = tools
  const isSingle = source['parallel_tool_calls'] === false
  const choice = toolChoiceOf(source)
  if (choice === undefined && !isSingle) return
  const base = choice ?? { type: 'auto' }
  draft['tool_choice'] = isSingle && base['type'] !== 'none' ? { ...base, disable_parallel_tool_use: true } : base
}

function toolChoiceOf(source: JsonObject): JsonObject | undefined {
  const choice = source['tool_choice']
  if (choice === 'required') return { type: 'any' }
  if (choice === 'auto' || choice === 'none') return { type: choice }
  if (!isJsonObject(choice)) return undefined
  return { type: 'tool', name: stringAt(objectAt(choice, 'function') ?? {}, 'name') ?? '' }
}

const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
}
const minBudget = 1024

/** Asks for thinking as the model wants it. The limit of the answer is what was paid for, so a budget never raises it. */
function addThinking(
  draft: JsonDraft,
  { source, model }: { readonly source: JsonObject; readonly model: ClaudeModel },
): void {
  const effort = stringAt(source, 'reasoning_effort')
  if (effort === undefined) return
  if (effort === 'none') {
    if (model.thinking === 'effort' && model.canStopThinking) draft['thinking'] = { type: 'disabled' }
    return
  }
  if (model.thinking === 'effort') {
    draft['thinking'] = { type: 'adaptive' }
    draft['output_config'] = { ...objectAt(draft, 'output_config'), effort: effort === 'minimal' ? 'low' : effort }
    return
  }
  const choice = objectAt(draft, 'tool_choice')?.['type']
  const maxTokens = numberAt(draft, 'max_tokens') ?? 0
  // Thinking with a budget excludes a forced tool, and needs room below the limit.
  if (model.thinking === 'none' || choice === 'any' || choice === 'tool' || maxTokens <= minBudget) return
  const budget = Math.min(budgets[effort] ?? minBudget, maxTokens - 1)
  draft['thinking'] = { type: 'enabled', budget_tokens: Math.max(budget, minBudget) }
}

/** Temperature ends at 1 here; with thinking it is fixed; with it, top_p is refused. */
function addSampling(
  draft: JsonDraft,
  { source, model }: { readonly source: JsonObject; readonly model: ClaudeModel },
): void {
  const thinking = objectAt(draft, 'thinking')?.['type']
  if (!model.takesSampling || thinking === 'enabled' || thinking === 'adaptive') return
  const temperature = numberAt(source, 'temperature')
  const topP = numberAt(source, 'top_p')
  if (temperature !== undefined) draft['temperature'] = Math.min(temperature, 1)
  else if (topP !== undefined) draft['top_p'] = topP
}

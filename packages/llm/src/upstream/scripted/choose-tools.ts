import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  objectsAt,
  stringAt,
} from '../../json.js'
import type { Conversation } from './conversation.js'
import { type FillSource, fillObject } from './fill-arguments.js'
import { type Place, placesIn } from './gazetteer.js'
import { countShared, topicWordsOf } from './words.js'

/** A call the scripted model makes. */
export interface ScriptedCall {
  readonly name: string
  readonly arguments: JsonObject
}

/** What the scripted model does with the tools it is offered. */
export type ToolDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'calls'; readonly calls: readonly ScriptedCall[] }
  | { readonly kind: 'question'; readonly text: string }

interface OfferedTool {
  readonly name: string
  readonly description: string
  readonly parameters: JsonObject
}

const maxCalls = 16

const none: ToolDecision = { kind: 'none' }

/** Decides whether a tool fits what the user said last, and what to call it with. */
export function decideTools(conversation: Conversation, body: JsonObject): ToolDecision {
  const tools = objectsAt(body, 'tools').map(offeredTool)
  const choice = body['tool_choice'] ?? 'auto'
  if (tools.length === 0 || choice === 'none' || conversation.last.role !== 'user') return none
  const isForced = choice !== 'auto'
  const fitting = fittingTools(tools, { choice, text: conversation.last.text })
  if (fitting.length === 0) return none

  const here = placesIn(conversation.last.text)
  const places = here.length > 0 ? here : lastPlaces(conversation)
  const calls: ScriptedCall[] = []
  for (const tool of fitting) {
    if (calls.length >= maxCalls) break
    for (const source of sourcesFor(tool, conversation, { isForced, here, places })) {
      const { value, missing } = fillObject(tool.parameters, source)
      if (missing.length > 0 && !isForced) {
        return { kind: 'question', text: `To call ${tool.name} I need to know: ${missing.join(', ')}.` }
      }
      calls.push({ name: tool.name, arguments: value })
    }
  }
  return { kind: 'calls', calls: calls.slice(0, body['parallel_tool_calls'] === false ? 1 : maxCalls) }
}

function offeredTool(tool: JsonObject): OfferedTool {
  const fn = objectAt(tool, 'function') ?? {}
  return {
    name: stringAt(fn, 'name') ?? '',
    description: stringAt(fn, 'description') ?? '',
    parameters: objectAt(fn, 'parameters') ?? {},
  }
}

function fittingTools(
  tools: readonly OfferedTool[],
  options: { readonly choice: JsonValue; readonly text: string },
): readonly OfferedTool[] {
  const { choice, text } = options
  if (isJsonObject(choice)) {
    const wanted = stringAt(objectAt(choice, 'function') ?? {}, 'name')
    return tools.filter((tool) => tool.name === wanted)
  }
  const topic = topicWordsOf(text)
  const hasPlace = placesIn(text).length > 0
  const scored = tools.map((tool) => ({ tool, ...scoreOf(tool, { topic, hasPlace }) }))
  const byName = scored.filter((item) => item.isNamed)
  if (byName.length > 0) return byName.map((item) => item.tool)
  const best = scored.reduce((first, second) => (second.score > first.score ? second : first))
  return best.score >= 2 || choice === 'required' ? [best.tool] : []
}

function scoreOf(
  tool: OfferedTool,
  options: { readonly topic: ReadonlySet<string>; readonly hasPlace: boolean },
): { readonly score: number; readonly isNamed: boolean } {
  const { topic } = options
  const properties = Object.entries(objectAt(tool.parameters, 'properties') ?? {})
  const described = properties.map(
    ([key, value]) => `${key} ${isJsonObject(value) ? (stringAt(value, 'description') ?? '') : ''}`,
  )
  const named = countShared(topic, topicWordsOf(tool.name))
  const about = countShared(topic, topicWordsOf([tool.description, ...described].join(' ')))
  const values = countShared(topic, topicWordsOf(properties.map(([, value]) => enumText(value)).join(' ')))
  const takesPlace = properties.some(([key]) => /city|location|place|town/i.test(key)) && options.hasPlace
  return { score: named * 3 + about + values * 2 + (takesPlace ? 2 : 0), isNamed: named > 0 }
}

function enumText(schema: JsonValue): string {
  const values = isJsonObject(schema) ? schema['enum'] : undefined
  return isJsonArray(values) ? values.filter((value) => typeof value === 'string').join(' ') : ''
}

/** One source per call: a question about three cities is three calls of a tool that takes one. */
function sourcesFor(
  tool: OfferedTool,
  conversation: Conversation,
  options: { readonly isForced: boolean; readonly here: readonly Place[]; readonly places: readonly Place[] },
): readonly FillSource[] {
  const { here, places } = options
  const texts = conversation.userTexts
  const keys = Object.keys(objectAt(tool.parameters, 'properties') ?? {})
  const takesOne = keys.some((key) => /^(city|location|place|town)$/i.test(key))
  const fallbackText = options.isForced ? conversation.last.text : undefined
  const one = takesOne && here.length > 1 ? here : [places[0]]
  return one.map((place) => ({ texts, place, places, fallbackText }))
}

/** The places that the user named most recently. */
function lastPlaces(conversation: Conversation): readonly Place[] {
  for (const text of conversation.userTexts) {
    const places = placesIn(text)
    if (places.length > 0) return places
  }
  return []
}

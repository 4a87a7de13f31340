import { isJsonObject, type JsonDraft, type JsonObject, type JsonValue } from '../../json.js'
import { invalidType, optional, readArray, readObject, readString, required } from '../field-readers.js'
import { UpstreamRequestError } from '../request-error.js'
import { requestLimits } from '../request-limits.js'

/** Turns `tools` and `tool_choice` of the Responses API into those of a chat request. @throws UpstreamRequestError */
export function chatToolsOf(body: JsonObject): {
  readonly tools: readonly JsonObject[]
  readonly toolChoice: JsonValue | undefined
} {
  const given = optional(body, 'tools')
  const tools =
    given === undefined
      ? []
      : readArray(given, { param: 'tools', minLength: 0, maxLength: requestLimits.tools }).map((tool, index) =>
          chatToolOf(readObject(tool, `tools[${index}]`), `tools[${index}]`),
        )
  return { tools, toolChoice: toolChoiceOf(body, tools.length) }
}

function chatToolOf(tool: JsonObject, param: string): JsonObject {
  checkFunction(tool, param)
  const fn: JsonDraft = {
    name: readString(required(tool, { key: 'name', param: `${param}.name` }), { param: `${param}.name` }),
  }
  for (const key of ['description', 'parameters', 'strict']) {
    const value = optional(tool, key)
    if (value !== undefined) fn[key] = value
  }
  return { type: 'function', function: fn }
}

function toolChoiceOf(body: JsonObject, toolCount: number): JsonValue | undefined {
  const choice = optional(body, 'tool_choice')
  if (choice === undefined) return undefined
  // Clients send `auto` and `none` without tools too, which changes nothing.
  if (typeof choice === 'string') return toolCount === 0 && choice !== 'required' ? undefined : choice
  if (!isJsonObject(choice)) throw invalidType('tool_choice', 'a string or an object')
  checkFunction(choice, 'tool_choice')
  const param = 'tool_choice.name'
  return { type: 'function', function: { name: readString(required(choice, { key: 'name', param }), { param }) } }
}

/** Tools that run at the provider cost more than the price per token, and their results cannot be shown here. */
function checkFunction(value: JsonObject, param: string): void {
  const typeParam = `${param}.type`
  const type = readString(required(value, { key: 'type', param: typeParam }), { param: typeParam, maxLength: 64 })
  if (type !== 'function') {
    throw new UpstreamRequestError(
      'unsupported_value',
      typeParam,
      `Unsupported value: '${typeParam}' must be 'function'.`,
    )
  }
}

import { isJsonObject, type JsonObject } from '../json.js'
import {
  invalidType,
  optional,
  readArray,
  readBoolean,
  readObject,
  readOneOf,
  readString,
  required,
} from './field-readers.js'
import { UpstreamRequestError } from './request-error.js'
import { requestLimits } from './request-limits.js'

/** Checks `tools`, `tool_choice` and `parallel_tool_calls`. @throws UpstreamRequestError */
export function parseTools(body: JsonObject): readonly JsonObject[] {
  const given = optional(body, 'tools')
  const tools =
    given === undefined
      ? []
      : readArray(given, { param: 'tools', minLength: 0, maxLength: requestLimits.tools }).map((tool, index) =>
          readObject(tool, `tools[${index}]`),
        )
  const names = tools.map((tool, index) => checkTool(tool, `tools[${index}]`))
  const repeated = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (repeated !== -1) {
    const param = `tools[${repeated}].function.name`
    throw new UpstreamRequestError('invalid_value', param, `Invalid '${param}': two tools have the same name.`)
  }
  checkToolChoice(body, names)
  const parallel = optional(body, 'parallel_tool_calls')
  if (parallel !== undefined) readBoolean(parallel, 'parallel_tool_calls')
  return tools
}

function checkTool(tool: JsonObject, param: string): string {
  readOneOf(required(tool, { key: 'type', param: `${param}.type` }), { param: `${param}.type`, allowed: ['function'] })
  const fn = readObject(required(tool, { key: 'function', param: `${param}.function` }), `${param}.function`)
  const nameParam = `${param}.function.name`
  const name = readString(required(fn, { key: 'name', param: nameParam }), { param: nameParam })
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    const message = `Invalid '${nameParam}': expected 1 to 64 letters, digits, dashes or underscores.`
    throw new UpstreamRequestError('invalid_value', nameParam, message)
  }
  const description = optional(fn, 'description')
  if (description !== undefined) readString(description, { param: `${param}.function.description` })
  const parameters = optional(fn, 'parameters')
  if (parameters !== undefined) readObject(parameters, `${param}.function.parameters`)
  const strict = optional(fn, 'strict')
  if (strict !== undefined) readBoolean(strict, `${param}.function.strict`)
  return name
}

function checkToolChoice(body: JsonObject, names: readonly string[]): void {
  const choice = optional(body, 'tool_choice')
  if (choice === undefined) return
  if (typeof choice === 'string') {
    const mode = readOneOf(choice, { param: 'tool_choice', allowed: ['none', 'auto', 'required'] })
    if (mode !== 'none' && names.length === 0) throw choiceWithoutTools()
    return
  }
  if (!isJsonObject(choice)) throw invalidType('tool_choice', 'a string or an object')
  readOneOf(required(choice, { key: 'type', param: 'tool_choice.type' }), {
    param: 'tool_choice.type',
    allowed: ['function'],
  })
  const fn = readObject(required(choice, { key: 'function', param: 'tool_choice.function' }), 'tool_choice.function')
  const param = 'tool_choice.function.name'
  const name = readString(required(fn, { key: 'name', param }), { param })
  if (names.length === 0) throw choiceWithoutTools()
  if (!names.includes(name)) {
    throw new UpstreamRequestError('invalid_value', param, `Invalid '${param}': no tool of this name in 'tools'.`)
  }
}

function choiceWithoutTools(): UpstreamRequestError {
  return new UpstreamRequestError(
    'invalid_value',
    'tool_choice',
    "Invalid 'tool_choice': only allowed when 'tools' are given.",
  )
}

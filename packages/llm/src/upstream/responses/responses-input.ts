import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../json.js'
import {
  invalidType,
  optional,
  readArray,
  readNonEmptyString,
  readObject,
  readOneOf,
  readString,
  required,
} from '../field-readers.js'
import { UpstreamRequestError } from '../request-error.js'
import { requestLimits } from '../request-limits.js'
import { openReasoning } from './sealed-reasoning.js'

interface AssistantDraft {
  readonly content: JsonObject[]
  readonly calls: JsonObject[]
  readonly details: JsonObject[]
}

const inputLimits = { minLength: 1, maxLength: requestLimits.messages }

/**
 * Turns the `input` of the Responses API into chat messages. What the assistant said, thought and called between two inputs of the user or of
 * tools becomes one message, because chat APIs want all calls of a turn before their results.
 * @throws UpstreamRequestError
 */
export function messagesOfInput(input: JsonValue): readonly JsonObject[] {
  if (typeof input === 'string') {
    return [
      { role: 'user', content: readNonEmptyString(input, { param: 'input', maxLength: Number.MAX_SAFE_INTEGER }) },
    ]
  }
  if (!isJsonArray(input)) throw invalidType('input', 'a string or an array of items')
  const messages: JsonObject[] = []
  let turn: AssistantDraft | undefined
  const closeTurn = (): void => {
    const message = turn && assistantMessageOf(turn)
    if (message) messages.push(message)
    turn = undefined
  }
  const openTurn = (): AssistantDraft => {
    turn ??= { content: [], calls: [], details: [] }
    return turn
  }
  for (const [index, value] of readArray(input, { param: 'input', ...inputLimits }).entries()) {
    const param = `input[${index}]`
    const item = readObject(value, param)
    const type = readString(optional(item, 'type') ?? 'message', { param: `${param}.type`, maxLength: 64 })
    switch (type) {
      case 'message': {
        const message = messageOf(item, param)
        if (message.role === 'assistant') openTurn().content.push(...message.parts)
        else {
          closeTurn()
          messages.push({ role: message.role, content: message.parts })
        }
        break
      }
      case 'function_call':
        openTurn().calls.push(callOf(item, param))
        break
      case 'reasoning':
        openTurn().details.push(...openReasoning(item, param))
        break
      case 'function_call_output':
        closeTurn()
        messages.push(toolMessageOf(item, param))
        break
      case 'item_reference':
        throw new UpstreamRequestError(
          'unsupported_value',
          `${param}.type`,
          "Nothing is stored here: send the items themselves (with 'store: false').",
        )
      default:
        throw new UpstreamRequestError('unsupported_value', `${param}.type`, `Unsupported value for '${param}.type'.`)
    }
  }
  closeTurn()
  if (messages.length === 0) throw new UpstreamRequestError('empty_array', 'input', "Invalid 'input': no message.")
  return messages
}

function assistantMessageOf(turn: AssistantDraft): JsonObject | undefined {
  if (turn.content.length === 0 && turn.calls.length === 0) return undefined
  return {
    role: 'assistant',
    content: turn.content.length === 0 ? null : turn.content,
    ...(turn.calls.length === 0 ? {} : { tool_calls: turn.calls }),
    ...(turn.details.length === 0 ? {} : { reasoning_details: turn.details }),
  }
}

function messageOf(
  item: JsonObject,
  param: string,
): { readonly role: 'user' | 'assistant' | 'system' | 'developer'; readonly parts: readonly JsonObject[] } {
  const role = readOneOf(required(item, { key: 'role', param: `${param}.role` }), {
    param: `${param}.role`,
    allowed: ['user', 'assistant', 'system', 'developer'],
  })
  const content = required(item, { key: 'content', param: `${param}.content` })
  if (typeof content === 'string') return { role, parts: [{ type: 'text', text: content }] }
  return { role, parts: partsOf(content, { param: `${param}.content`, role }) }
}

function partsOf(
  content: JsonValue,
  options: { readonly param: string; readonly role: string },
): readonly JsonObject[] {
  const { param } = options
  if (!isJsonArray(content)) throw invalidType(param, 'a string or an array of content parts')
  const parts = readArray(content, { param, minLength: 1, maxLength: requestLimits.contentParts })
  return parts.map((part, index) => partOf(readObject(part, `${param}[${index}]`), `${param}[${index}]`))
}

function partOf(part: JsonObject, param: string): JsonObject {
  const typeParam = `${param}.type`
  const type = readOneOf(required(part, { key: 'type', param: typeParam }), {
    param: typeParam,
    allowed: ['input_text', 'output_text', 'text', 'refusal', 'input_image', 'input_audio', 'input_file'],
  })
  switch (type) {
    case 'refusal':
      return { type, refusal: textAt(part, { key: 'refusal', param }) }
    case 'input_image':
      return imageOf(part, param)
    case 'input_audio':
      return { type, input_audio: readObject(required(part, { key: type, param }), `${param}.${type}`) }
    case 'input_file':
      return fileOf(part, param)
    default:
      return { type: 'text', text: textAt(part, { key: 'text', param }) }
  }
}

function imageOf(part: JsonObject, param: string): JsonObject {
  if (optional(part, 'file_id') !== undefined) throw noFiles(`${param}.file_id`)
  const detail = optional(part, 'detail')
  const url = textAt(part, { key: 'image_url', param })
  return {
    type: 'image_url',
    image_url: {
      url,
      ...(detail === undefined ? {} : { detail: readString(detail, { param: `${param}.detail`, maxLength: 16 }) }),
    },
  }
}

function fileOf(part: JsonObject, param: string): JsonObject {
  if (optional(part, 'file_id') !== undefined) throw noFiles(`${param}.file_id`)
  if (optional(part, 'file_url') !== undefined) throw noFiles(`${param}.file_url`)
  const name = optional(part, 'filename')
  return {
    type: 'file',
    file: {
      file_data: textAt(part, { key: 'file_data', param }),
      ...(name === undefined ? {} : { filename: readString(name, { param: `${param}.filename`, maxLength: 256 }) }),
    },
  }
}

function noFiles(param: string): UpstreamRequestError {
  return new UpstreamRequestError(
    'unsupported_parameter',
    param,
    `Unsupported parameter: '${param}': send the file itself as 'file_data'.`,
  )
}

function textAt(object: JsonObject, options: { readonly key: string; readonly param: string }): string {
  const param = `${options.param}.${options.key}`
  return readString(required(object, { key: options.key, param }), { param })
}

function callOf(item: JsonObject, param: string): JsonObject {
  return {
    id: idAt(item, param),
    type: 'function',
    function: {
      name: readNonEmptyString(required(item, { key: 'name', param: `${param}.name` }), {
        param: `${param}.name`,
        maxLength: requestLimits.nameLength,
      }),
      arguments: textAt(item, { key: 'arguments', param }),
    },
  }
}

function toolMessageOf(item: JsonObject, param: string): JsonObject {
  const output = required(item, { key: 'output', param: `${param}.output` })
  const content = typeof output === 'string' ? output : textOfOutput(output, `${param}.output`)
  return { role: 'tool', tool_call_id: idAt(item, param), content }
}

/** Results of tools are text in the chat API. */
function textOfOutput(output: JsonValue, param: string): string {
  const parts = partsOf(output, { param, role: 'tool' })
  for (const [index, part] of parts.entries()) {
    if (part['type'] !== 'text') {
      throw new UpstreamRequestError('unsupported_value', `${param}[${index}].type`, 'Tool results must be text here.')
    }
  }
  return parts.map((part) => (isJsonObject(part) ? String(part['text']) : '')).join('')
}

function idAt(item: JsonObject, param: string): string {
  const at = `${param}.call_id`
  return readNonEmptyString(required(item, { key: 'call_id', param: at }), {
    param: at,
    maxLength: requestLimits.idLength,
  })
}

import { type JsonObject, objectAt, objectsAt, stringAt } from '../../json.js'
import { textOfContent } from '../../stream/chat-chunk-reader.js'
import type { UpstreamEndpoint } from '../upstream.js'

/** One message, as far as the scripted model reads it. */
export interface Turn {
  readonly role: string
  readonly text: string
  readonly name: string | undefined
  /** For a tool's message: which call it answers. */
  readonly toolCallId: string | undefined
  readonly toolCalls: readonly { readonly id: string; readonly name: string }[]
}

/** Everything the scripted model answers from. */
export interface Conversation {
  readonly turns: readonly Turn[]
  readonly last: Turn
  /** The last texts of the user, the newest first. */
  readonly userTexts: readonly string[]
  /** Texts of the system and developer messages. */
  readonly instructions: string
}

/** Longest text that is looked at, in characters; the rest of a longer one is ignored. */
const maxTextLength = 32_768
const maxUserTexts = 16

/** Reads a validated request body. */
export function conversationOf(endpoint: UpstreamEndpoint, body: JsonObject): Conversation {
  const turns = endpoint === 'completions' ? [promptTurn(body)] : objectsAt(body, 'messages').map(turnOf)
  const isInstruction = (turn: Turn): boolean => turn.role === 'system' || turn.role === 'developer'
  return {
    turns,
    last: turns.at(-1) ?? emptyTurn,
    userTexts: turns
      .filter((turn) => turn.role === 'user')
      .slice(-maxUserTexts)
      .map((turn) => turn.text)
      .reverse(),
    instructions: turns
      .filter(isInstruction)
      .map((turn) => turn.text)
      .join('\n'),
  }
}

const emptyTurn: Turn = { role: 'user', text: '', name: undefined, toolCallId: undefined, toolCalls: [] }

function promptTurn(body: JsonObject): Turn {
  const prompt = body['prompt']
  const text = Array.isArray(prompt) ? prompt[0] : prompt
  return { ...emptyTurn, text: typeof text === 'string' ? text.slice(0, maxTextLength) : '' }
}

function turnOf(message: JsonObject): Turn {
  return {
    role: stringAt(message, 'role') ?? '',
    text: textOfContent(message['content']).slice(0, maxTextLength),
    name: stringAt(message, 'name'),
    toolCallId: stringAt(message, 'tool_call_id'),
    toolCalls: objectsAt(message, 'tool_calls').map((call) => ({
      id: stringAt(call, 'id') ?? '',
      name: stringAt(objectAt(call, 'function') ?? {}, 'name') ?? '',
    })),
  }
}

import type { Conversation } from './conversation.js'

/** Small talk: greetings, and names from what the conversation says. `undefined` when nothing of that was said last. */
export function converse(conversation: Conversation): string | undefined {
  const { text } = conversation.last
  const parts: string[] = []
  if (/^\s*(?:hello|hi|hey|good (?:morning|afternoon|evening))\b/i.test(text)) parts.push('Hello!')
  if (/\bhow (?:are|is) (?:you|it)\b/i.test(text)) parts.push('I am doing well, thank you.')
  const asks = /\b(?:what|repeat|say|tell|know|remember|recall|spell)\b/i.test(text)
  if (asks && /\bmy name\b/i.test(text)) {
    const name = nameOfUser(conversation)
    parts.push(name ? `Your name is ${name}.` : 'You have not told me your name.')
  } else if (asks && /\byour name\b/i.test(text)) {
    const name = nameOfSystem(conversation)
    parts.push(name ? `My name is ${name}.` : 'I am the scripted model.')
  } else if (statedName(text)) {
    parts.push(`Nice to meet you, ${statedName(text)}.`)
  } else if (/\bwho are you\b/i.test(text)) {
    parts.push('I am the scripted model: fixed rules, no language model.')
  }
  return parts.length > 0 ? parts.join(' ') : undefined
}

/** The name the user stated, carries, or was given by the system message. */
function nameOfUser(conversation: Conversation): string | undefined {
  for (const text of conversation.userTexts) {
    const stated = statedName(text)
    if (stated) return stated
  }
  const own = conversation.turns.filter((turn) => turn.role === 'user' && turn.name).at(-1)?.name
  return own ?? nameOfSystem(conversation)
}

function nameOfSystem(conversation: Conversation): string | undefined {
  return conversation.turns.find((turn) => (turn.role === 'system' || turn.role === 'developer') && turn.name)?.name
}

function statedName(text: string): string | undefined {
  return /\b(?:my name is|call me)\s+([\p{L}\p{N}'’_-]+)/iu.exec(text)?.[1]
}

import type { Conversation, Turn } from './conversation.js'

/**
 * Answers from what the tools returned: each result stands in the text exactly as it came.
 * `undefined` when the conversation does not end with tool messages.
 */
export function reportTools({ turns }: Conversation): string | undefined {
  const results: Turn[] = []
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const turn = turns[index]
    if (turn?.role !== 'tool') break
    results.unshift(turn)
  }
  if (results.length === 0) return undefined
  const nameOf = (id: string | undefined): string =>
    turns.flatMap((turn) => turn.toolCalls).find((call) => call.id === id)?.name ?? 'the tool'
  const lines = results.map((result) => `${nameOf(result.toolCallId)} returned: ${result.text}`)
  return lines.length === 1 ? `According to the tool, ${lines[0]}` : `According to the tools:\n${lines.join('\n')}`
}

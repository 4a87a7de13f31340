import type { ReactNode } from 'react'

/** A message that the model sees again with the next question. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** What was said so far; shown as text and nothing else. */
export function Conversation({ turns }: { readonly turns: readonly Turn[] }): ReactNode {
  return (
    <ol className="conversation" aria-label="Conversation so far">
      {turns.map((turn, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a conversation only grows, and may repeat itself
        <li key={index} className={`turn turn-${turn.role}`}>
          <strong>{turn.role === 'user' ? 'You' : 'Model'}</strong> {turn.content}
        </li>
      ))}
    </ol>
  )
}

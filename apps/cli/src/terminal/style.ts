import { inspect } from 'node:util'

/** How a text looks at a terminal. */
export type Style = 'bold' | 'dim' | 'italic' | 'underline' | 'strikethrough' | 'green' | 'yellow' | 'red' | 'cyan'

/** Writes a text with the terminal's codes for its styles around it (SGR); the line that it ends is left outside. */
export function styledText(text: string, styles: readonly Style[]): string {
  const end = text.endsWith('\n') ? '\n' : ''
  const styled = styles.reduceRight(
    (inner, style) => {
      const [on, off] = inspect.colors[style] ?? [0, 0]
      return `\u001b[${on}m${inner}\u001b[${off}m`
    },
    end === '' ? text : text.slice(0, -1),
  )
  return `${styled}${end}`
}

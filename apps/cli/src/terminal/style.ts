import { inspect } from 'node:util'

/** How a text looks at a terminal. */
export type Style = 'bold' | 'dim' | 'italic' | 'underline' | 'strikethrough' | 'green' | 'yellow' | 'red' | 'cyan'

/** Writes a text with the terminal's codes for its styles around it (SGR). */
export function styledText(text: string, styles: readonly Style[]): string {
  return styles.reduceRight((inner, style) => {
    const [on, off] = inspect.colors[style] ?? [0, 0]
    return `\u001b[${on}m${inner}\u001b[${off}m`
  }, text)
}

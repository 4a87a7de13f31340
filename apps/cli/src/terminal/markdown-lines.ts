import type { Token, Tokens } from 'marked'
import type { Style } from './style.js'

/** A piece of a line and how it looks. */
interface Span {
  readonly text: string
  readonly styles: readonly Style[]
}

/** One line of a terminal. */
export type Line = readonly Span[]

/** Lays out markdown tokens (of `marked`) as lines. Everything that is no markup stays text: HTML is shown, not interpreted. */
export function linesOf(tokens: readonly Token[]): readonly Line[] {
  return tokens.flatMap((token) => linesOfBlock(token as Tokens.Generic & Token))
}

function linesOfBlock(token: Token): readonly Line[] {
  const generic = token as Tokens.Generic
  switch (token.type) {
    case 'space':
      return [[]]
    case 'heading':
      return inlineLines(generic.tokens, generic['depth'] === 1 ? ['bold', 'underline'] : ['bold'])
    case 'paragraph':
    case 'text':
      return generic.tokens === undefined ? plain(token.raw) : inlineLines(generic.tokens, [])
    case 'code':
      return plain(String(generic['text']), ['cyan']).map((line) => [span('  '), ...line])
    case 'blockquote':
      return linesOf(trimmed(generic.tokens)).map((line) => [span('│ ', 'dim'), ...line])
    case 'hr':
      return [[span('─'.repeat(24), 'dim')]]
    case 'list':
      return linesOfList(token as Tokens.List)
    case 'table':
      return linesOfTable(token as Tokens.Table)
    default:
      return plain(token.raw.replace(/\n+$/, ''))
  }
}

function linesOfList({ items, ordered, start }: Tokens.List): readonly Line[] {
  const first = typeof start === 'number' ? start : 1
  return items.flatMap((item, index) => {
    const box = item.task ? (item.checked === true ? '[x] ' : '[ ] ') : ''
    const mark = `${ordered ? `${first + index}. ` : '• '}${box}`
    const blocks = trimmed(item.tokens).filter(({ type }) => type !== 'checkbox')
    return linesOf(blocks).map((line, row): Line => [span(row === 0 ? mark : ' '.repeat(mark.length)), ...line])
  })
}

function linesOfTable({ header, rows }: Tokens.Table): readonly Line[] {
  const cells = [header, ...rows].map((row, index) =>
    row.map(({ tokens }) => spansOf(tokens, index === 0 ? ['bold'] : [])),
  )
  const widths = header.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? []))))
  const rule: Line = [span(widths.map((width) => '─'.repeat(width)).join('─┼─'), 'dim')]
  const lines = cells.map((row) =>
    widths.flatMap((width, column): Span[] => {
      const content = row[column] ?? []
      const fill = span(' '.repeat(width - lengthOf(content)))
      return [...(column === 0 ? [] : [span(' │ ', 'dim')]), ...content, fill]
    }),
  )
  return [...lines.slice(0, 1), rule, ...lines.slice(1)]
}

function lengthOf(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + [...text].length, 0)
}

function inlineLines(tokens: readonly Token[] | undefined, styles: readonly Style[]): readonly Line[] {
  const lines: Span[][] = [[]]
  for (const { text, styles: own } of spansOf(tokens ?? [], styles)) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) lines.push([])
      if (part !== '') lines.at(-1)?.push({ text: part, styles: own })
    }
  }
  return lines
}

function spansOf(tokens: readonly Token[], styles: readonly Style[]): readonly Span[] {
  return tokens.flatMap((token): readonly Span[] => {
    const { tokens: inner } = token as Tokens.Generic
    const within = (style: Style): readonly Span[] => spansOf(inner ?? [], [...styles, style])
    switch (token.type) {
      case 'strong':
        return within('bold')
      case 'em':
        return within('italic')
      case 'del':
        return within('strikethrough')
      case 'codespan':
        return [{ text: token.text, styles: [...styles, 'cyan'] }]
      case 'br':
        return [{ text: '\n', styles }]
      case 'escape':
        return [{ text: token.text, styles }]
      // Where a link leads is always shown: a text may say something else.
      case 'link':
        return token.text === token.href
          ? [{ text: token.href, styles: [...styles, 'underline'] }]
          : [...within('underline'), { text: ` (${token.href})`, styles: [...styles, 'dim'] }]
      case 'image':
        return [{ text: `${token.text} (${token.href})`, styles: [...styles, 'dim'] }]
      default:
        return inner === undefined ? [{ text: token.raw, styles }] : spansOf(inner, styles)
    }
  })
}

function plain(text: string, styles: readonly Style[] = []): readonly Line[] {
  return text.split('\n').map((line) => (line === '' ? [] : [{ text: line, styles }]))
}

/** Blank lines at the end belong to whatever follows. */
function trimmed(tokens: readonly Token[] | undefined): readonly Token[] {
  const list = [...(tokens ?? [])]
  while (list.at(-1)?.type === 'space') list.pop()
  return list
}

function span(text: string, ...styles: readonly Style[]): Span {
  return { text, styles }
}

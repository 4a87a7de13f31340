/** A piece of text of one look. */
interface Run {
  readonly text: string
  readonly style: string
}

interface Cell {
  readonly character: string
  readonly style: string
}

const colours: Readonly<Record<number, string>> = {
  30: '#5c6b69',
  31: '#ff9a92',
  32: '#74d68c',
  33: '#f0b95e',
  34: '#7fb2ff',
  35: '#d8a2f0',
  36: '#5fd0c2',
  37: '#e8eeed',
  90: '#93a3a1',
}
const lineHeight = 18
const characterWidth = 7.83
const margin = 16

/**
 * Draws what a terminal shows at the end of a recording as SVG: it follows colours, carriage returns and erased lines, so that spinners leave
 * what they leave for a reader.
 */
export function terminalPicture(
  recording: string,
  options: { readonly title: string; readonly columns: number },
): string {
  const rows = screenOf(recording).map((cells) => runsOf(clipped(cells, options.columns)))
  const width = Math.round(options.columns * characterWidth + 2 * margin)
  const height = (rows.length + 2) * lineHeight + margin
  const text = rows.map((runs, index) => lineOf(runs, (index + 3) * lineHeight)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(options.title)}">
<rect width="100%" height="100%" rx="8" fill="#101414"/>
<g fill="#3a4543"><circle cx="18" cy="16" r="5"/><circle cx="35" cy="16" r="5"/><circle cx="52" cy="16" r="5"/></g>
<text x="${width / 2}" y="20" text-anchor="middle" fill="#93a3a1" font-family="system-ui,sans-serif" font-size="12">${escaped(options.title)}</text>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="13" fill="#e8eeed">
${text}
</g>
</svg>
`
}

/** Plays the recording on a screen that only grows downwards. */
function screenOf(recording: string): readonly (readonly Cell[])[] {
  const rows: Cell[][] = [[]]
  let [row, column, style] = [0, 0, '']
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys
  for (const [token] of recording.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\u001b[^[]|[^\u001b]/gu)) {
    if (token === '\n') {
      row += 1
      column = 0
      rows[row] ??= []
    } else if (token === '\r') column = 0
    else if (token.startsWith('\u001b[')) {
      const code = token.at(-1)
      const count = Number(token.slice(2, -1) || 1)
      if (code === 'm') style = styleAfter(style, token.slice(2, -1))
      else if (code === 'A') row = Math.max(0, row - count)
      else if (code === 'G') column = count - 1
      else if (code === 'K') rows[row]?.splice(token === '\u001b[2K' ? 0 : column)
      else if (code === 'J') rows.splice(row + 1)
    } else if (token >= ' ' && !token.startsWith('\u001b')) {
      const cells = rows[row] ?? []
      while (cells.length < column) cells.push({ character: ' ', style: '' })
      cells[column] = { character: token, style }
      column += 1
    }
    rows[row] ??= []
  }
  while (rows.at(-1)?.length === 0) rows.pop()
  return rows
}

/** A line that is too long ends with an ellipsis: a picture has no room to go on. */
function clipped(cells: readonly Cell[], columns: number): readonly Cell[] {
  return cells.length <= columns ? cells : [...cells.slice(0, columns - 1), { character: '…', style: '' }]
}

function styleAfter(before: string, codes: string): string {
  let style = before
  for (const code of (codes === '' ? '0' : codes).split(';').map(Number)) {
    const colour = colours[code >= 91 && code <= 97 ? code - 60 : code]
    if (code === 0 || code === 39) style = ''
    else if (code === 1) style = `${style} font-weight="700"`
    else if (code === 2) style = ' fill="#93a3a1"'
    else if (colour !== undefined) style = ` fill="${colour}"`
  }
  return style
}

function runsOf(cells: readonly Cell[]): readonly Run[] {
  const runs: Run[] = []
  for (const { character, style } of cells) {
    const last = runs.at(-1)
    if (last !== undefined && last.style === style) runs[runs.length - 1] = { text: last.text + character, style }
    else runs.push({ text: character, style })
  }
  return runs
}

function lineOf(runs: readonly Run[], y: number): string {
  const spans = runs.map(({ text, style }) =>
    style === '' ? escaped(text) : `<tspan${style}>${escaped(text)}</tspan>`,
  )
  return `<text x="${margin}" y="${y}">${spans.join('')}</text>`
}

function escaped(text: string): string {
  // Spaces of a row are kept everywhere only when they do not look like spaces.
  const kept = text.replaceAll('  ', '\u00a0\u00a0').replace(/^ /, '\u00a0')
  return kept.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

import type { CliEnvironment } from '../environment.js'
import { isRendered } from './terminal.js'

/** Takes an answer as it comes and shows it. */
export interface AnswerWriter {
  /** Another piece of the text. */
  readonly write: (text: string) => Promise<void>
  /** The answer is over; ends the line. */
  readonly end: () => Promise<void>
}

/** Flags that say how an answer is shown. */
export interface AnswerFlags {
  readonly json?: boolean
  readonly raw?: boolean
}

/** More is not laid out: a block of this length is no prose. */
const maxBlockLength = 65_536

/** Shows answers: rendered markdown, block by block, at a terminal; as they are where they are piped, or asked for raw. */
export function createAnswerWriter(flags: AnswerFlags, environment: CliEnvironment): AnswerWriter {
  const nothing = async (): Promise<void> => undefined
  if (flags.json) return { write: nothing, end: nothing }
  if (flags.raw || !isRendered(environment)) {
    return {
      write: async (text) => environment.out(text),
      end: async () => environment.out('\n'),
    }
  }
  let waiting = ''
  return {
    async write(text) {
      waiting += text
      const length = wholeBlocksOf(waiting)
      if (length === 0) return
      await render(waiting.slice(0, length), environment)
      waiting = waiting.slice(length)
    },
    async end() {
      await render(`${waiting}\n`, environment)
      waiting = ''
    },
  }
}

/**
 * How much of a text is whole blocks: up to the last blank line that is outside a code fence and followed by a line that is not indented
 * (such a line may go on with what stands before).
 */
export function wholeBlocksOf(text: string): number {
  let fence: string | undefined
  let whole = 0
  let start = 0
  let isBlankBefore = false
  for (;;) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end === -1 ? undefined : end)
    const isBlank = line.trim() === ''
    if (fence === undefined && isBlankBefore && !isBlank && !/^\s/.test(line)) whole = start
    if (end === -1) return whole
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark !== undefined && fence === undefined) fence = mark
    else if (mark !== undefined && fence !== undefined && mark.startsWith(fence)) fence = undefined
    isBlankBefore = isBlank
    start = end + 1
  }
}

async function render(text: string, { out }: CliEnvironment): Promise<void> {
  const [{ lexer }, { linesOf }] = await Promise.all([import('marked'), import('./markdown-lines.js')])
  let lines: ReturnType<typeof linesOf>
  try {
    if (text.length > maxBlockLength) throw new RangeError('too long')
    // Every block ends its line; blank lines between blocks are tokens of their own.
    lines = linesOf(lexer(text.replace(/\n+$/, '')))
  } catch {
    // Thousands of nested quotes are nobody's prose.
    out(text)
    return
  }
  for (const line of lines) {
    for (const { text: part, styles } of line) out(part, ...styles)
    out('\n')
  }
  if (/\n\s*\n$/.test(text)) out('\n')
}

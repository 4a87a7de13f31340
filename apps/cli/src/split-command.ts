import { UsageError } from './exit-code.js'

/** Splits a command line at blanks; quotes keep a part together. No shell is involved: nothing is expanded. */
export function splitCommand(text: string): readonly string[] {
  const parts: string[] = []
  const pattern = /\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/y
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const start = pattern.lastIndex
    const found = pattern.exec(text)
    if (found === null) throw new UsageError(`a quote is not closed: ${text}`)
    const part = found[1] ?? found[2] ?? found[3] ?? ''
    const isAttached = start > 0 && !/^\s/.test(found[0])
    if (isAttached) parts.push(`${parts.pop() ?? ''}${part}`)
    else parts.push(part)
  }
  return parts
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const rows = readFileSync(`${root}apps/gateway/SECURITY.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const found = /^\| ([A-F]\d+) \| .* \| `([^`]+)`: (.+) \|$/.exec(line)
    return found === null ? [] : [{ row: found[1] ?? '', file: found[2] ?? '', words: found[3] ?? '' }]
  })

test('the table has rows', () => {
  expect(rows.length).toBeGreaterThan(60)
})

test.each(rows)('$row: a test of $file has it in its name', ({ file, words }) => {
  const text = readFileSync(root + file, 'utf8')
  const isId = /^[A-F]\d+$/.test(words)
  // An id stands in a name with a comma or a colon after it, never in prose.
  expect(isId ? new RegExp(`['"\`](?:[^'"\`\n]*[ ,])?${words}[,:]`).test(text) : text.includes(words)).toBe(true)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('behavior: the README has every error code', () => {
  const readme = read('../README.md')
  const codes = [...read('./x402-error.ts').matchAll(/\| '([A-Z_0-9]+)'/g)].map((match) => match[1])
  expect(codes.length).toBeGreaterThan(15)
  for (const code of codes) expect(readme).toContain(`\`${code}\``)
})

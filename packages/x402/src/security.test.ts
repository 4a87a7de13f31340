import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('behavior: every case of the adversarial list names tests that carry its number', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| (\d+) \| [^|]+ \| ([^|]*) \|$/gm)]
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 66 }, (_, index) => index + 1))
  for (const [, number, files = ''] of rows) {
    const paths = [...files.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
    expect(paths.length, `case ${number}`).toBeGreaterThan(0)
    for (const path of paths) {
      const marks = [`[${number}]`, `#${number} `]
      expect(
        marks.some((mark) => read(path).includes(mark)),
        `case ${number} in ${path}`,
      ).toBe(true)
    }
  }
})

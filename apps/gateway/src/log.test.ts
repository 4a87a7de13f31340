import { expect, test } from 'vitest'
import { createJsonLog } from './log.js'
import { createSecrets } from './secrets.js'

function linesOf(write: (log: ReturnType<typeof createJsonLog>) => void, scrub?: (line: string) => string): string[] {
  const lines: string[] = []
  const options = { write: (line: string) => void lines.push(line), now: () => new Date(0) }
  write(createJsonLog(scrub === undefined ? options : { ...options, scrub }))
  return lines
}

test('one JSON object a line, amounts as text', () => {
  const lines = linesOf((log) => {
    log.info('ready', { charged: 12n, url: 'http://x\n' })
    log.error('failed')
  })
  expect(lines).toEqual([
    '{"level":"info","time":"1970-01-01T00:00:00.000Z","charged":"12","url":"http://x\\n","message":"ready"}\n',
    '{"level":"error","time":"1970-01-01T00:00:00.000Z","message":"failed"}\n',
  ])
})

test('E2: prompts, payments and keys that reach the log by mistake are not written', () => {
  const canary = 'canary-1234567890'
  const lines = linesOf((log) => {
    log.warn('by mistake', { prompt: canary, request: { messages: [canary], 'payment-signature': canary } })
    log.error('an error', { error: new Error(canary) })
    log.info('a header', { headers: { authorization: `Bearer ${canary}`, 'x-api-key': canary } })
  })
  expect(lines).toHaveLength(3)
  expect(lines.join('')).not.toContain(canary)
})

test('E1: a known secret is taken out of a line, wherever it stands', () => {
  const secrets = createSecrets()
  secrets.add('sk-very-secret-0815')
  const lines = linesOf(
    (log) => log.warn('it said sk-very-secret-0815', { error: 'url?key=sk-very-secret-0815' }),
    secrets.scrub,
  )
  expect(lines.join('')).not.toContain('0815')
  expect(JSON.parse(lines[0] ?? '').message).toBe('it said [redacted]')
})

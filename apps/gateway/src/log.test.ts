import { expect, test } from 'vitest'
import { createJsonLog } from './log.js'

test('one JSON object a line, amounts as text', () => {
  const lines: string[] = []
  const log = createJsonLog({ write: (line) => lines.push(line), now: () => new Date(0) })
  log.info('ready', { charged: 12n, url: 'http://x\n' })
  log.error('failed')
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"ready","charged":"12","url":"http://x\\n"}\n',
    '{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"failed"}\n',
  ])
})

import { expect, test } from 'vitest'
import { createRelayerWatch } from './relayer-watch.js'

test('an alarm is said once for as long as it lasts, counted in every round, and says what to do', () => {
  const lines: unknown[] = []
  const counted: string[] = []
  const silent = (): void => undefined
  const log = {
    info: silent,
    error: silent,
    warn: (message: string, fields?: object) => lines.push({ message, ...fields }),
  }
  const watch = createRelayerWatch({ account: '0xa', countAlarm: (alarm) => counted.push(alarm), log })
  const poor = { alarms: [{ alarm: 'INSUFFICIENT_FUNDS', detail: 'what is kept from the log' }] } as const
  watch.onTick(poor)
  watch.onTick(poor)
  watch.onTick({ alarms: [] })
  watch.onTick(poor)
  watch.onError(new Error('fetch failed'))
  watch.onError(new Error('fetch failed'))
  expect(counted).toEqual([...Array(3).fill('INSUFFICIENT_FUNDS'), 'FAILED', 'FAILED'])
  const said = {
    message: 'relayer',
    account: '0xa',
    alarm: 'INSUFFICIENT_FUNDS',
    error: expect.stringMatching(/^send gas money/),
  }
  expect(lines).toEqual([said, said, { message: 'relayer', account: '0xa', alarm: 'FAILED', error: 'fetch failed' }])
})

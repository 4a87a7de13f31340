import { expect, test } from 'vitest'
import * as entry from './index.js'

test('the entry exports exactly these names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'LedgerError',
    'createRelayer',
    'openLedger',
    'systemClock',
    'viemRelayerChain',
  ])
})

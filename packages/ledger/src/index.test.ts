import { expect, test } from 'vitest'
import * as entry from './index.js'
import * as postgres from './postgres.js'

test('the entry exports exactly these names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'LedgerError',
    'createRelayer',
    'openLedger',
    'openMemoryLedger',
    'systemClock',
    'viemRelayerChain',
  ])
})

test('the postgres entry exports exactly these names', () => {
  expect(Object.keys(postgres).sort()).toEqual(['migrateLedger', 'openPostgresLedger'])
})

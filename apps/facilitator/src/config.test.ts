import { describe, expect, test } from 'vitest'
import { parseConfig } from './config.js'

const least = {
  rpcUrl: 'http://127.0.0.1:8545',
  chainId: 84532,
  privateKey: `0x${'5e'.repeat(32)}`,
  ledgerPath: '/var/lib/og/facilitator.db',
}

describe('parseConfig', () => {
  test('fills in what has a default', () => {
    expect(parseConfig(least)).toEqual({
      ...least,
      host: '127.0.0.1',
      port: 8403,
      confirmations: 1,
      settleTimeoutMs: 30_000,
    })
  })

  test.each([
    ['an unknown key', { rpcurl: 'x' }, /unrecognized_keys/],
    ['a URL that is no URL', { rpcUrl: 'localhost:8545' }, /rpcUrl/],
    ['a URL of another protocol', { rpcUrl: 'ws://127.0.0.1' }, /rpcUrl/],
    ['a chain of text', { chainId: 'base' }, /chainId/],
    ['no confirmations', { confirmations: 0 }, /confirmations/],
    ['more patience than a caller has', { settleTimeoutMs: 80_001 }, /settleTimeoutMs/],
    ['no ledger', { ledgerPath: '' }, /ledgerPath/],
  ])('refuses %s', (_name, change, message) => {
    expect(() => parseConfig({ ...least, ...change })).toThrow(message)
  })

  test('never repeats a value: a key that is wrong by one digit is still a secret', () => {
    expect(() => parseConfig({ ...least, privateKey: `${least.privateKey}0` })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('5e5e') }),
    )
  })
})

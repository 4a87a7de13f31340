import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HttpRequestError } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import { parseConfig } from './config.js'
import { readConfigFile } from './read-config-file.js'
import { startErrorText } from './start-error-text.js'

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
      limits: { maxBodyBytes: 131_072, maxConcurrent: 1_024, maxWaiting: 4_096, maxPerPayer: 64 },
      discovery: { privateHosts: false, maxResources: 10_000 },
      versions: [1, 2],
    })
    expect(parseConfig({ ...least, batch: { contract: 'deploy' } }).batch).toEqual({
      windowMs: 1_000,
      maxItems: 50,
      contract: 'deploy',
    })
    expect(parseConfig({ ...least, discovery: false }).discovery).toBe(false)
  })

  test('takes PostgreSQL instead of a file', () => {
    const { ledgerPath: _, ...rest } = least
    expect(parseConfig({ ...rest, ledgerUrl: 'postgres://og@db.internal/og' })).toMatchObject({
      ledgerUrl: 'postgres://og@db.internal/og',
    })
    expect(() => parseConfig(rest)).toThrow(/ledgerPath/)
    expect(() => parseConfig({ ...least, ledgerUrl: 'postgres://og@db.internal/og' })).toThrow(/ledgerPath/)
    expect(() => parseConfig({ ...rest, ledgerUrl: 'mysql://db.internal/og' })).toThrow(/ledgerUrl/)
  })

  test.each([
    ['an unknown key', { rpcurl: 'x' }, /: rpcurl: no such field\./],
    ['a URL that is no URL', { rpcUrl: 'localhost:8545' }, /rpcUrl/],
    ['a URL of another protocol', { rpcUrl: 'ws://127.0.0.1' }, /rpcUrl/],
    ['a field that is not there', { privateKey: undefined }, /: privateKey: is missing\./],
    ['a number that is no private key', { privateKey: `0x${'ff'.repeat(32)}` }, /: privateKey: wanted: a private key/],
    ['a chain of text', { chainId: 'base' }, /chainId/],
    ['no confirmations', { confirmations: 0 }, /confirmations/],
    ['more patience than a caller has', { settleTimeoutMs: 80_001 }, /settleTimeoutMs/],
    ['no ledger', { ledgerPath: '' }, /ledgerPath/],
    ['batches of tokens that nobody vouches for', { batch: {} }, /batch/],
    ['a key instead of its digest', { apiKeys: [{ name: 'a', sha256: 'secret' }] }, /apiKeys\.0\.sha256/],
    ['no keys at all', { apiKeys: [] }, /apiKeys/],
    ['a key for nobody', { apiKeys: [{ name: 'a', sha256: '00'.repeat(32), payTo: [] }] }, /apiKeys\.0\.payTo/],
    ['a payee by name', { apiKeys: [{ name: 'a', sha256: '00'.repeat(32), payTo: ['shop'] }] }, /apiKeys\.0\.payTo/],
    ['an authorizer that anybody may ask', { authorizerKey: `0x${'6f'.repeat(32)}` }, /apiKeys/],
    ['an amount that is a number', { minDeposit: 5 }, /minDeposit/],
    ['version 3', { versions: [3] }, /versions/],
  ])('refuses %s', (_name, change, message) => {
    expect(() => parseConfig({ ...least, ...change })).toThrow(message)
  })

  test('never repeats a value: a key that is wrong by one digit is still a secret', () => {
    expect(() => parseConfig({ ...least, privateKey: `${least.privateKey}0` })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('5e5e') }),
    )
  })
})

describe('what an operator is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'og-facilitator-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'facilitator.json')
  const refusalOf = (text: string): string => {
    writeFileSync(file, text)
    try {
      return `accepted: ${JSON.stringify(readConfigFile(file))}`
    } catch (error) {
      return startErrorText(error)
    }
  }

  test('file and line where it stops being JSON, and nothing of what stands there', () => {
    expect(refusalOf(`{\n "chainId": 84532,\n "privateKey": ${least.privateKey}\n}`)).toMatch(
      /facilitator\.json, line 3: /,
    )
    for (const text of [`{ "privateKey": x5e5e5e5e }`, `{ "privateKey": ${least.privateKey} }`, '5e5e5e5e}']) {
      expect(refusalOf(text)).toMatch(/not JSON: /)
      expect(refusalOf(text)).not.toContain('5e5e')
    }
    expect(refusalOf('\uFEFF{ "port": 1 }')).toBe('accepted: {"port":1}')
    expect(() => readConfigFile(join(folder, 'none.json'))).toThrow(/none\.json cannot be read \(ENOENT\)/)
  })

  test('that the chain does not answer, without the URL, which may hold a key', () => {
    const url = 'https://rpc.example/v2/a-key-of-the-operator'
    const said = startErrorText(new HttpRequestError({ url, details: `fetch failed\nof ${url}` }))
    expect(said).toBe('rpcUrl: the chain could not be asked: HTTP request failed. fetch failed')
    const refused = new HttpRequestError({ url, status: 401, details: 'no such key: a-key-of-the-operator' })
    expect(startErrorText(refused)).toBe('rpcUrl: the chain could not be asked: HTTP request failed. HTTP status 401')
  })
})

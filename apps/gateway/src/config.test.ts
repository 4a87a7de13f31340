import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { leastConfig } from '../test/least-config.js'
import { parseConfig, withEnvironment } from './config.js'
import { GatewayError } from './gateway-error.js'
import { readConfigFile } from './read-config-file.js'

const { relayerKey } = leastConfig
const least = { ...leastConfig, ledgerPath: '/var/lib/og/ledger.db' }

function refusalOf(change: object): string {
  try {
    parseConfig({ ...least, ...change })
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'config_invalid') return error.message
    throw error
  }
  throw new Error('it was accepted')
}

describe('parseConfig', () => {
  test('fills in what has a default', () => {
    expect(parseConfig(least)).toEqual({
      ...least,
      role: 'all',
      host: '127.0.0.1',
      port: 8402,
      upstreams: [],
      maxConcurrentCalls: 2048,
      drainSeconds: 0,
      accessLog: true,
      tracing: false,
      checkpointMaxAgeSeconds: 60,
      confirmations: 1,
      sealingKeySeconds: 86_400,
      sealingOverlapSeconds: 3600,
      receiptKeySeconds: 604_800,
      receiptOverlapSeconds: 3600,
      keyValiditySeconds: 2_592_000,
      offerValiditySeconds: 3600,
    })
  })

  test('takes a PostgreSQL instead of a file', () => {
    const { ledgerPath: _, ...rest } = least
    const ledgerUrl = 'postgres://og@db.example/og?sslmode=verify-full'
    expect(parseConfig({ ...rest, ledgerUrl, role: 'settle' }).role).toBe('settle')
    expect(refusalOf({ role: 'serve' })).toMatch(/role: /)
    expect(parseConfig({ ...rest, ledgerUrl, ledgerSchema: 'og_two' })).toMatchObject({
      ledgerUrl,
      ledgerSchema: 'og_two',
    })
  })

  test('refuses a wait that no timer can hold', () => {
    const upstream = { id: 'one', baseUrl: 'https://api.example/v1' }
    expect(refusalOf({ channels: { claimSeconds: 3_000_000 } })).toMatch(/channels\.claimSeconds/)
    for (const name of ['idleTimeoutSeconds', 'firstPieceTimeoutSeconds']) {
      expect(refusalOf({ upstreams: [{ ...upstream, [name]: 3_000_000 }] })).toMatch(name)
      expect(parseConfig({ ...least, upstreams: [{ ...upstream, [name]: 86_400 }] }).upstreams).toHaveLength(1)
    }
  })

  test('takes a TEE node only with an attestation source that is named', () => {
    expect(refusalOf({ mode: 'TEE' })).toMatch(/attestation/)
    expect(refusalOf({ mode: 'TEE', attestation: 'none' })).toMatch(/attestation: /)
    expect(parseConfig({ ...least, mode: 'TEE', attestation: 'simulator' }).attestation).toBe('simulator')
  })

  test.each([
    ['an unknown key', { relayerkey: 'x' }, /: relayerkey: no such field\./],
    ['an unknown mode', { mode: 'tee' }, /mode/],
    ['a URL that is no URL', { rpcUrl: 'localhost:8545' }, /rpcUrl/],
    ['a token that no header can carry', { facilitatorToken: 'two lines\nof-text' }, /facilitatorToken/],
    ['a URL of another protocol', { facilitatorUrl: 'file:///etc/passwd' }, /facilitatorUrl/],
    ['a port out of range', { port: 65_536 }, /port/],
    ['an address that is too short', { payTo: '0x12' }, /: payTo: wanted: an address, 0x and 40 hexadecimal digits\./],
    ['a field that is not there', { payTo: undefined }, /: payTo: is missing\./],
    ['a mode that does not exist', { mode: 'vanilla' }, /: mode: .*"TEE"\|"VANILLA"/],
    ['a number that is no private key', { relayerKey: `0x${'ff'.repeat(32)}` }, /: relayerKey: wanted: a private key/],
    ['zero as a private key', { relayerKey: `0x${'00'.repeat(32)}` }, /: relayerKey: wanted: a private key/],
    [
      'two providers of one name',
      { upstreams: [1, 2].map(() => ({ id: 'a', baseUrl: 'http://x.example' })) },
      /: upstreams: two have the same id\./,
    ],
    ['a log id with capitals in front', { logId: '0X01' }, /logId/],
    [
      'a key inside a provider that nobody knows',
      { upstreams: [{ id: 'a', baseUrl: 'http://x', key: '1' }] },
      /upstreams/,
    ],
    ['a provider without a name', { upstreams: [{ baseUrl: 'http://x.example' }] }, /upstreams\.0\.id/],
    ['a validity of nothing', { offerValiditySeconds: 0 }, /offerValiditySeconds/],
    ['a chain of text', { chainId: 'base' }, /chainId/],
    ['two ledgers', { ledgerUrl: 'postgres://og@db.example/og' }, /ledgerPath, ledgerUrl/],
    ['no ledger', { ledgerPath: undefined }, /ledgerPath, ledgerUrl/],
    ['a ledger of another kind', { ledgerPath: undefined, ledgerUrl: 'mysql://og@db.example/og' }, /ledgerUrl/],
    ['a schema without a database', { ledgerSchema: 'og' }, /ledgerSchema/],
    [
      'a schema that is no plain name',
      { ledgerPath: undefined, ledgerUrl: 'postgres://db.example/og', ledgerSchema: 'og"; --' },
      /ledgerSchema/,
    ],
  ])('refuses %s', (_name, change, message) => {
    expect(refusalOf(change)).toMatch(message)
  })

  test('never repeats a value: a key that is wrong by one digit is still a secret', () => {
    const almost = `${relayerKey}0`
    expect(refusalOf({ relayerKey: almost })).toMatch(/relayerKey/)
    expect(refusalOf({ relayerKey: almost })).not.toContain('5e5e')
    const upstreams = [{ id: 'a', baseUrl: 'http://x.example', apiKey: ['sk-secret'] }]
    expect(refusalOf({ upstreams })).not.toContain('sk-secret')
  })

  test.each([null, 'text', [], 7])('refuses %j', (input) => {
    expect(() => parseConfig(input)).toThrow(GatewayError)
  })
})

describe('readConfigFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'og-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const refusalOfText = (text: string): string => {
    const file = join(folder, 'gateway.json')
    writeFileSync(file, text)
    try {
      return `accepted: ${JSON.stringify(readConfigFile(file))}`
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'config_invalid') return error.message
      throw error
    }
  }

  test('names file and line where it stops being JSON, and repeats nothing of it', () => {
    const message = refusalOfText(`{\n  "mode": "VANILLA",\n  "relayerKey": ${relayerKey}\n}`)
    expect(message).toMatch(/gateway\.json, line 3: /)
    expect(message).not.toContain('5e')
    expect(refusalOfText('{ "port": 1, "port": 2 }')).toMatch(/line 1: .*stands twice/)
    expect(refusalOfText('')).toMatch(/gateway\.json, line 1: /)
    expect(refusalOfText('\uFEFF{ "port": 1 }')).toBe('accepted: {"port":1}')
  })

  test('says what it cannot read', () => {
    expect(() => readConfigFile(join(folder, 'none.json'))).toThrow(/none\.json cannot be read \(ENOENT\): name a JSON/)
    expect(() => readConfigFile(folder)).toThrow(/cannot be read \(EISDIR\)/)
  })
})

describe('withEnvironment', () => {
  test('secrets come from the environment where the file has none', () => {
    const { relayerKey: _, ...published } = least
    const environment = {
      OG_RELAYER_KEY: relayerKey,
      OG_LEDGER_URL: '',
      OG_FACILITATOR_TOKEN: 'of-the-environment',
      HOME: '/root',
    }
    expect(parseConfig(withEnvironment(published, environment)).relayerKey).toBe(relayerKey)
    expect(parseConfig(withEnvironment(published, environment)).facilitatorToken).toBe('of-the-environment')
    expect(withEnvironment({ relayerKey: 'of the file' }, environment)).toEqual({
      relayerKey: 'of the file',
      facilitatorToken: 'of-the-environment',
    })
    expect(withEnvironment(null, environment)).toBeNull()
    const authorizer = { OG_CHANNEL_AUTHORIZER_KEY: relayerKey }
    expect(withEnvironment({ channels: { claimSeconds: 5 } }, authorizer)).toEqual({
      channels: { authorizerKey: relayerKey, claimSeconds: 5 },
    })
    // Channels are not offered because a key happens to be there.
    expect(withEnvironment({}, authorizer)).toEqual({})
  })
})

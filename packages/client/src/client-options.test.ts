import { describe, expect, it } from 'vitest'
import { parseClientOptions } from './client-options.js'
import { DEFAULT_BASE_URL } from './defaults.js'

const privateKey = `0x${'42'.repeat(32)}` as const

describe('parseClientOptions', () => {
  it('default', () => {
    const settings = parseClientOptions({ privateKey })
    expect(settings.baseUrls).toEqual({ VANILLA: DEFAULT_BASE_URL, TEE: DEFAULT_BASE_URL })
    expect(settings.maxPerCall).toBe(1_000_000n)
    expect(settings.trust).toBeUndefined()
  })

  it('behavior: a base URL may end in /v1', () => {
    expect(parseClientOptions({ privateKey, baseUrl: 'https://node.example/v1/' }).baseUrls.TEE).toBe(
      'https://node.example',
    )
  })

  it.each([
    ['no key', {}],
    ['a short key', { privateKey: '0x42' as const }],
    ['a key out of range', { privateKey: `0x${'00'.repeat(32)}` as const }],
    ['a base URL that is none', { privateKey, baseUrl: 'node.example' }],
    ['a base URL of another kind', { privateKey, baseUrl: 'ftp://node.example' }],
    ['a base URL with credentials', { privateKey, baseUrl: 'https://user:pass@node.example' }],
    ['an empty list of measurements', { privateKey, trust: { platform: 'intel' as const, measurements: [] } }],
    ['a negative cap', { privateKey, spend: { maxPerCall: -1n } }],
    ['an asset that is none', { privateKey, spend: { assets: [{ network: 'base', asset: '0x42' as const }] } }],
    ['a broken lifetime', { privateKey, nodeTtlSeconds: 1.5 }],
    ['an RPC that is none', { privateKey, rpcUrl: 'localhost' }],
  ])('error: %s', (_, options) => {
    expect(() => parseClientOptions(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
  })

  it('error: no message holds the key', () => {
    const wrong = `0x${'ff'.repeat(32)}` as const
    expect(() => parseClientOptions({ privateKey: wrong })).toThrow(expect.not.stringContaining('ffff'))
  })
})

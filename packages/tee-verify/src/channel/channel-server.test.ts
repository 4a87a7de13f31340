import { beforeAll, describe, expect, it } from 'vitest'
import { type ChannelServerOptions, createChannelServer } from './channel-server.js'
import { sealRequest } from './seal-request.js'
import { createSealingKey, type SealingKeyPair } from './sealing-key.js'

const NOW = 1_800_000_000n
const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
let key: SealingKeyPair
beforeAll(async () => {
  key = await createSealingKey()
})

const create = (options: Partial<ChannelServerOptions> = {}) =>
  createChannelServer({ keys: () => [key], now: () => NOW, ...options })
async function seal(
  options: {
    readonly to?: SealingKeyPair
    readonly path?: string
    readonly headers?: readonly [string, string][]
    readonly body?: Uint8Array
    readonly time?: bigint
  } = {},
): Promise<Uint8Array> {
  const { to = key, path = '/v1/x?q=1', headers = [], body = new Uint8Array([1, 2, 3]), time = NOW } = options
  const request = { target: { method: 'POST', path: '/v1/x' }, method: 'POST', path, headers, outside: [], body }
  return (await sealRequest(request, { key: to, time, randomBytes, padToBytes: 1 })).bytes
}
const OUTER = { method: 'POST', path: '/v1/x' }

describe('createChannelServer', () => {
  it('default: opens a request', async () => {
    const opened = await create().open({ ...OUTER, body: await seal({ headers: [['og-inference-mode', 'TEE']] }) })
    expect(opened.method).toBe('POST')
    expect(opened.path).toBe('/v1/x?q=1')
    expect(opened.body).toEqual(new Uint8Array([1, 2, 3]))
    expect(Object.getPrototypeOf(opened.headers)).toBeNull()
    expect({ ...opened.headers }).toEqual({ 'og-inference-mode': 'TEE' })
  })

  it('error: every byte of a sealed request flipped, each bit pattern once', async () => {
    const server = create()
    const body = await seal()
    const codes = new Set<string>()
    for (let index = 0; index < body.length; index++) {
      const changed = Uint8Array.from(body)
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8))
      const error = await server.open({ ...OUTER, body: changed }).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error, `byte ${index}`).toMatchObject({ name: 'ChannelError' })
      codes.add((error as { code: string }).code)
    }
    expect([...codes].sort()).toEqual(['OPEN_FAILED', 'UNKNOWN_KEY', 'UNSUPPORTED_VERSION'])
    // The top bit of an X25519 coordinate is ignored by the curve; the KEM context still binds it.
    const topBit = Uint8Array.from(body)
    topBit[40] = (topBit[40] ?? 0) ^ 0x80
    await expect(server.open({ ...OUTER, body: topBit })).rejects.toMatchObject({ code: 'OPEN_FAILED' })
    await expect(server.open({ ...OUTER, body })).resolves.toBeDefined()
  })

  it('error: a sealed request cut at every length, or longer', async () => {
    const server = create()
    const body = await seal({ body: new Uint8Array(0) })
    for (let length = 0; length < body.length; length++) {
      await expect(server.open({ ...OUTER, body: body.subarray(0, length) })).rejects.toMatchObject({
        code: length < 57 ? 'MALFORMED' : 'OPEN_FAILED',
      })
    }
    await expect(server.open({ ...OUTER, body: Uint8Array.from([...body, 0]) })).rejects.toMatchObject({
      code: 'OPEN_FAILED',
    })
  })

  it('error: a replayed request, also when both arrive at once', async () => {
    const server = create()
    const body = await seal()
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => server.open({ ...OUTER, body })))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'REPLAYED' })
    }
    await expect(server.open({ ...OUTER, body })).rejects.toMatchObject({ code: 'REPLAYED' })
  })

  it('error: replayed after the key left the list and came back', async () => {
    let keys = [key]
    const server = create({ keys: () => keys })
    const body = await seal()
    await server.open({ ...OUTER, body })
    keys = []
    await expect(server.open({ ...OUTER, body })).rejects.toMatchObject({ code: 'UNKNOWN_KEY' })
    keys = [key]
    await expect(server.open({ ...OUTER, body })).rejects.toMatchObject({ code: 'REPLAYED' })
  })

  it('error: another outer path or method', async () => {
    const server = create()
    for (const outer of [
      { method: 'POST', path: '/v1/y' },
      { method: 'PUT', path: '/v1/x' },
      { method: 'POST', path: '/v1/x?q=1' },
    ]) {
      await expect(server.open({ ...outer, body: await seal() })).rejects.toMatchObject({ code: 'OPEN_FAILED' })
    }
    await expect(server.open({ method: '', path: '/v1/x', body: await seal() })).rejects.toMatchObject({
      code: 'MALFORMED',
    })
    const longPath = `/${'a'.repeat(8_192)}`
    await expect(server.open({ method: 'POST', path: longPath, body: await seal() })).rejects.toMatchObject({
      code: 'MALFORMED',
    })
  })

  it('error: an inner path that is not the outer one', async () => {
    for (const path of ['/v1/y', '/v1/x/y', '/v1', '/']) {
      await expect(create().open({ ...OUTER, body: await seal({ path }) })).rejects.toMatchObject({ code: 'MALFORMED' })
    }
  })

  it('error: a key that the server does not hold, and one it holds no more', async () => {
    const other = await createSealingKey()
    await expect(create().open({ ...OUTER, body: await seal({ to: other }) })).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
    })
    const both = create({ keys: () => [other, key] })
    await both.open({ ...OUTER, body: await seal({ to: other }) })
    await both.open({ ...OUTER, body: await seal() })
  })

  it('error: stale, from either side of the clock', async () => {
    for (const time of [NOW - 31n, NOW + 31n]) {
      await expect(
        create({ replayWindowSeconds: 30 }).open({ ...OUTER, body: await seal({ time }) }),
      ).rejects.toMatchObject({ code: 'STALE' })
    }
    await create({ replayWindowSeconds: 30 }).open({ ...OUTER, body: await seal({ time: NOW - 30n }) })
  })

  it('error: a full replay memory refuses', async () => {
    const server = create({ maxEntries: 2 })
    await server.open({ ...OUTER, body: await seal() })
    await server.open({ ...OUTER, body: await seal() })
    await expect(server.open({ ...OUTER, body: await seal() })).rejects.toMatchObject({ code: 'REPLAY_CACHE_FULL' })
  })

  it('error: too large, before and after opening', async () => {
    const server = create({ maxRequestBytes: 100 })
    await server.open({ ...OUTER, body: await seal({ body: new Uint8Array(100) }) })
    await expect(server.open({ ...OUTER, body: await seal({ body: new Uint8Array(101) }) })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    await expect(server.open({ ...OUTER, body: new Uint8Array(140_000) })).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  it('error: a header outside the list, or twice', async () => {
    const body = await seal({ headers: [['x-forwarded-for', '1.2.3.4']] })
    await expect(create().open({ ...OUTER, body })).rejects.toMatchObject({ code: 'MALFORMED' })
    const opened = await create({ allowHeaders: ['X-Forwarded-For'] }).open({ ...OUTER, body })
    expect(opened.headers['x-forwarded-for']).toBe('1.2.3.4')
    const twice = await seal({
      headers: [
        ['accept', 'a'],
        ['accept', 'b'],
      ],
    })
    await expect(create().open({ ...OUTER, body: twice })).rejects.toMatchObject({ code: 'MALFORMED' })
  })

  it('behavior: a refused request leaves no trace in the replay memory', async () => {
    const server = create({ maxEntries: 1 })
    await expect(server.open({ ...OUTER, body: await seal({ path: '/other' }) })).rejects.toMatchObject({
      code: 'MALFORMED',
    })
    await server.open({ ...OUTER, body: await seal() })
  })

  it.each([
    { maxEntries: 0 },
    { replayWindowSeconds: -1 },
    { replayWindowSeconds: 1.5 },
    { maxRequestBytes: Number.NaN },
    { padToBytes: 0 },
    { padToBytes: 65_537 },
  ])('error: the option %o', (options) => {
    expect(() => create(options)).toThrow(expect.objectContaining({ code: 'SEALER_MISUSE' }))
  })
})

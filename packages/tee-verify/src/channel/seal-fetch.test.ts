import { beforeAll, describe, expect, it } from 'vitest'
import { ChannelError } from './channel-error.js'
import { createChannelServer, type OpenedRequest } from './channel-server.js'
import type { FetchLike } from './defaults.js'
import { plainErrorOf } from './plain-error.js'
import { type SealFetchOptions, sealFetch } from './seal-fetch.js'
import { sealResponse } from './seal-response.js'
import { createSealingKey, type SealingKeyPair } from './sealing-key.js'

const NOW = 1_800_000_000n
const URL_TEXT = 'https://node.test/v1/chat/completions?user=me'
let key: SealingKeyPair
let oldKey: SealingKeyPair
beforeAll(async () => {
  key = await createSealingKey()
  oldKey = await createSealingKey()
})

interface Sent {
  readonly url: string
  readonly init: RequestInit
}
type Handler = (request: OpenedRequest) => Response | Promise<Response>
const echo: Handler = (request) =>
  new Response(new Uint8Array(request.body), { headers: { 'x-method': request.method } })

/** A node in memory: opens, lets `handler` answer, seals; plain errors where it cannot open. */
function createNode(handler: Handler = echo): { fetch: FetchLike; sent: Sent[]; opened: OpenedRequest[] } {
  const sent: Sent[] = []
  const opened: OpenedRequest[] = []
  const server = createChannelServer({ keys: () => [key], now: () => NOW, allowHeaders: ['x-extra'] })
  const fetch: FetchLike = async (url, init) => {
    sent.push({ url, init })
    try {
      const body = new Uint8Array(await new Response(init.body ?? null).arrayBuffer())
      const headers = new Headers(init.headers)
      const request = await server.open({ method: init.method ?? 'GET', path: new URL(url).pathname, body, headers })
      opened.push(request)
      return sealResponse(request.sealer, await handler(request))
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      const plain = plainErrorOf(error)
      return new Response(plain.body, { status: plain.status, headers: plain.headers })
    }
  }
  return { fetch, sent, opened }
}
const wrap = (fetch: FetchLike, options: Partial<SealFetchOptions> = {}): typeof globalThis.fetch =>
  sealFetch({ key, fetch, now: () => NOW, ...options })
const textOf = (request: OpenedRequest | undefined): string => new TextDecoder().decode(request?.body)

describe('sealFetch', () => {
  it('default: the request travels sealed, the answer comes back sealed', async () => {
    const node = createNode((request) =>
      Response.json(
        { path: request.path, headers: request.headers },
        { status: 402, headers: { 'payment-required': 'abc' } },
      ),
    )
    const response = await wrap(node.fetch)(URL_TEXT, {
      method: 'POST',
      headers: {
        'PAYMENT-SIGNATURE': 'secret-payment',
        'OG-Settlement-Mode': 'SETTLE',
        'X-Private': 'no',
        'content-type': 'application/json',
      },
      body: '{"prompt":"secret-prompt"}',
    })
    expect(response.status).toBe(402)
    expect(response.headers.get('payment-required')).toBe('abc')
    expect(await response.json()).toEqual({
      path: '/v1/chat/completions?user=me',
      headers: {
        'payment-signature': 'secret-payment',
        'og-settlement-mode': 'SETTLE',
        'content-type': 'application/json',
      },
    })
    const [sent] = node.sent
    expect(sent?.url).toBe('https://node.test/v1/chat/completions')
    expect(sent?.init).toMatchObject({
      method: 'POST',
      headers: {
        'content-type': 'application/og-sealed',
        accept: 'application/og-sealed',
        'payment-signature': 'secret-payment',
      },
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
    })
    expect(Buffer.from(sent?.init.body as Uint8Array).includes('secret')).toBe(false)
  })

  it('behavior: what fetch callers pass as input', async () => {
    const node = createNode()
    const fetch = wrap(node.fetch)
    const calls: Parameters<typeof fetch>[] = [
      [URL_TEXT, { method: 'POST', body: 'x' }],
      [new URL(URL_TEXT), { method: 'post', body: 'x' }],
      [new Request(URL_TEXT, { method: 'POST', body: 'x' })],
      [new Request(URL_TEXT), { method: 'POST', body: 'x' }],
      [new Request(URL_TEXT, { method: 'PUT', body: 'y' }), { method: 'POST', body: 'x' }],
      [URL_TEXT, new Request('https://other.test/', { method: 'POST', body: 'x' })],
    ]
    for (const [input, init] of calls) {
      const response = await fetch(input, init)
      expect(response.headers.get('x-method')).toBe('POST')
      expect(await response.text()).toBe('x')
    }
    await fetch(`${URL_TEXT}#fragment`)
    expect(new Set(node.opened.map(({ path }) => path))).toEqual(new Set(['/v1/chat/completions?user=me']))
    expect(new Set(node.sent.map(({ url }) => url))).toEqual(new Set(['https://node.test/v1/chat/completions']))
    expect(node.opened.at(-1)?.method).toBe('GET')
  })

  it('behavior: what fetch callers pass as body', async () => {
    const node = createNode()
    const fetch = wrap(node.fetch)
    const bytes = new TextEncoder().encode('xbodyx')
    const bodies: [BodyInit, string][] = [
      ['body', 'text/plain;charset=UTF-8'],
      [bytes.subarray(1, 5), ''],
      [bytes.slice(1, 5).buffer, ''],
      [Buffer.from('body'), ''],
      [new DataView(bytes.buffer, 1, 4), ''],
      [new Blob(['bo', 'dy'], { type: 'text/x' }), 'text/x'],
      [new File(['body'], 'name', { type: 'text/y' }), 'text/y'],
    ]
    for (const [body, contentType] of bodies) {
      expect(await (await fetch(URL_TEXT, { method: 'POST', body })).text()).toBe('body')
      expect(node.opened.at(-1)?.headers['content-type'] ?? '').toBe(contentType)
    }
    await fetch(URL_TEXT, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })
    expect(textOf(node.opened.at(-1))).toBe('a=b+c')
    const form = new FormData()
    form.set('field', 'value')
    await fetch(URL_TEXT, { method: 'POST', body: form })
    expect(node.opened.at(-1)?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(textOf(node.opened.at(-1))).toContain('name="field"')
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body: new Blob(['streamed']).stream(),
      duplex: 'half',
    }
    expect(await (await fetch(URL_TEXT, init)).text()).toBe('streamed')
    for (const body of [null, undefined, '']) {
      expect(
        await (await fetch(URL_TEXT, body === undefined ? { method: 'POST' } : { method: 'POST', body })).text(),
      ).toBe('')
    }
  })

  it('behavior: what fetch callers pass as headers, and init is left alone', async () => {
    const node = createNode()
    const fetch = wrap(node.fetch, { allowHeaders: ['X-Extra'] })
    const record = { Accept: 'text/x', 'X-Extra': '1', 'X-Dropped': '2', Cookie: 'c=1', Host: 'evil' }
    for (const headers of [record, new Headers(record), Object.entries(record)] as HeadersInit[]) {
      Object.freeze(headers)
      const init: RequestInit = Object.freeze({ method: 'POST', headers, body: 'x' })
      const before = JSON.stringify([...new Headers(init.headers)])
      await fetch(URL_TEXT, init)
      expect(JSON.stringify([...new Headers(init.headers)])).toBe(before)
      expect({ ...node.opened.at(-1)?.headers }).toEqual({
        accept: 'text/x',
        'content-type': 'text/plain;charset=UTF-8',
        'x-extra': '1',
      })
    }
  })

  it('behavior: needs no this, and rejects bad input as fetch does', async () => {
    const node = createNode()
    const fetch = wrap(async function (this: unknown, url, init) {
      expect(this).toBeUndefined()
      return await node.fetch(url, init)
    })
    expect(await (await fetch.call(undefined as never, URL_TEXT)).text()).toBe('')
    await expect(fetch('not a url')).rejects.toThrow(TypeError)
    await expect(fetch(URL_TEXT, { body: 'x' })).rejects.toThrow(TypeError)
    await expect(fetch('https://user:pass@node.test/')).rejects.toThrow(TypeError)
  })

  it('behavior: two equal requests look unlike each other, and their sizes like many others', async () => {
    const node = createNode()
    const fetch = wrap(node.fetch)
    for (const body of ['same', 'same', 'other length']) await fetch(URL_TEXT, { method: 'POST', body })
    const [first, second, third] = node.sent.map(({ init }) => Buffer.from(init.body as Uint8Array))
    expect(first?.subarray(9).equals(second?.subarray(9) ?? Buffer.alloc(0))).toBe(false)
    expect(first?.length).toBe(third?.length)
  })

  it('behavior: transport errors pass through unchanged', async () => {
    const failure = new TypeError('fetch failed')
    await expect(wrap(async () => Promise.reject(failure))(URL_TEXT)).rejects.toBe(failure)
  })

  it.each([
    ['text', () => new Response('hello')],
    ['JSON', () => Response.json({ error: { code: 'key_rotated' } })],
    ['a 421 without the code', () => new Response('{}', { status: 421 })],
    ['a 421 that is no JSON', () => new Response('key_rotated', { status: 421 })],
    ['the code under another status', () => Response.json({ error: { code: 'key_rotated' } }, { status: 400 })],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'https://evil.test/' } })],
    ['a proxy page', () => new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } })],
    ['a large page', () => new Response('x'.repeat(100_000), { status: 502 })],
    ['no content type', () => new Response(null)],
    ['a sealed-looking type', () => new Response('x', { headers: { 'content-type': 'application/og-sealed-not' } })],
  ])('error: an unsealed answer (%s)', async (_, answer) => {
    let refreshes = 0
    const fetch = wrap(async () => answer(), {
      onKeyRotated: () => {
        refreshes++
        return undefined
      },
    })
    await expect(fetch(URL_TEXT)).rejects.toMatchObject({ name: 'ChannelError', code: 'UNSEALED_RESPONSE' })
    expect(refreshes).toBe(0)
  })

  it("error: the node's own refusals are named, not believed", async () => {
    const node = createNode()
    await expect(wrap(node.fetch, { now: () => NOW + 1_000n })(URL_TEXT)).rejects.toThrow(
      /status 400, which says seal_stale/,
    )
    await expect(
      wrap(async () => Response.json({ error: { code: '<script>' } }, { status: 400 }))(URL_TEXT),
    ).rejects.toThrow(/status 400$/)
  })

  it('error: a sealed answer without body, of another version, or garbage', async () => {
    const answer = (body: BodyInit | null) =>
      wrap(async () => new Response(body, { headers: { 'content-type': 'Application/OG-Sealed; v=1' } }))
    await expect(answer(null)(URL_TEXT)).rejects.toMatchObject({ code: 'TRUNCATED' })
    await expect(answer(new Uint8Array(100).fill(2))(URL_TEXT)).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' })
    await expect(answer(new Uint8Array(100).fill(1))(URL_TEXT)).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  it('error: an answer to another request, whose cancellation never settles', async () => {
    const node = createNode()
    const recorded: Response[] = []
    await wrap(async (url, init) => {
      const response = await node.fetch(url, init)
      // One branch of a clone settles its cancellation only when the other is cancelled too.
      recorded.push(response.clone())
      return response
    })(URL_TEXT)
    await expect(wrap(async () => recorded[0] as Response)(URL_TEXT)).rejects.toMatchObject({ code: 'TAMPERED' })
  })

  it('error: keys that are none', async () => {
    const node = createNode()
    for (const publicKey of [new Uint8Array(31), new Uint8Array(32), new Uint8Array(33), '0x00' as never]) {
      await expect(wrap(node.fetch, { key: { publicKey } })(URL_TEXT)).rejects.toMatchObject({ code: 'INVALID_KEY' })
    }
    const refused = new Error('attestation failed')
    await expect(wrap(node.fetch, { key: () => Promise.reject(refused) })(URL_TEXT)).rejects.toBe(refused)
    expect(node.sent).toHaveLength(0)
  })

  it('error: a body over the bound, of either kind', async () => {
    const node = createNode()
    const fetch = wrap(node.fetch, { maxRequestBytes: 10 })
    expect(await (await fetch(URL_TEXT, { method: 'POST', body: 'x'.repeat(10) })).text()).toHaveLength(10)
    await expect(fetch(URL_TEXT, { method: 'POST', body: 'x'.repeat(11) })).rejects.toMatchObject({ code: 'TOO_LARGE' })
    let isCancelled = false
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(4)),
      cancel: () => {
        isCancelled = true
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: endless, duplex: 'half' }
    await expect(fetch(URL_TEXT, init)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(isCancelled).toBe(true)
    expect(node.sent).toHaveLength(1)
  })
})

describe('sealFetch when keys rotate', () => {
  it('behavior: without onKeyRotated the error is KEY_ROTATED', async () => {
    const node = createNode()
    await expect(wrap(node.fetch, { key: oldKey })(URL_TEXT)).rejects.toMatchObject({ code: 'KEY_ROTATED' })
    expect(node.sent).toHaveLength(1)
  })

  it('behavior: onKeyRotated gives the new key, and the same body is sealed to it', async () => {
    const node = createNode()
    const rejected: Uint8Array[] = []
    const fetch = wrap(node.fetch, {
      key: oldKey,
      onKeyRotated: async (old) => {
        rejected.push(old.publicKey)
        return key
      },
    })
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body: new Blob(['streamed once']).stream(),
      duplex: 'half',
    }
    expect(await (await fetch(URL_TEXT, init)).text()).toBe('streamed once')
    expect(rejected).toEqual([oldKey.publicKey])
    expect(node.sent).toHaveLength(2)
  })

  it('behavior: onKeyRotated that returns nothing has the key asked again', async () => {
    const node = createNode()
    let current = oldKey
    const fetch = wrap(node.fetch, {
      key: () => current,
      onKeyRotated: () => {
        current = key
        return undefined
      },
    })
    expect((await fetch(URL_TEXT)).status).toBe(200)
    expect((await fetch(URL_TEXT)).status).toBe(200)
    expect(node.sent).toHaveLength(3)
  })

  it('error: refreshed once only, and not to the same key', async () => {
    const node = createNode()
    const third = await createSealingKey()
    let refreshes = 0
    const toThird = wrap(node.fetch, {
      key: oldKey,
      onKeyRotated: () => {
        refreshes++
        return third
      },
    })
    await expect(toThird(URL_TEXT)).rejects.toMatchObject({ code: 'KEY_ROTATED' })
    expect([refreshes, node.sent.length]).toEqual([1, 2])
    const toSame = wrap(node.fetch, { key: oldKey, onKeyRotated: () => undefined })
    await expect(toSame(URL_TEXT)).rejects.toMatchObject({ code: 'KEY_ROTATED' })
    expect(node.sent).toHaveLength(3)
    const refused = new Error('the new key is not attested')
    await expect(wrap(node.fetch, { key: oldKey, onKeyRotated: () => Promise.reject(refused) })(URL_TEXT)).rejects.toBe(
      refused,
    )
  })
})

describe('sealFetch and signals', () => {
  it('behavior: aborted before, nothing is sent', async () => {
    const node = createNode()
    const fetch = wrap(node.fetch)
    const reason = new Error('no')
    await expect(fetch(URL_TEXT, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(fetch(new Request(URL_TEXT, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      name: 'AbortError',
    })
    // An explicit null takes the signal of the Request away, as fetch says.
    expect((await fetch(new Request(URL_TEXT, { signal: AbortSignal.abort() }), { signal: null })).status).toBe(200)
    expect(node.sent).toHaveLength(1)
  })

  it('behavior: aborted while the request body is read', async () => {
    const abort = new AbortController()
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body: new ReadableStream(),
      duplex: 'half',
      signal: abort.signal,
    }
    const waiting = wrap(createNode().fetch)(URL_TEXT, init)
    setTimeout(() => abort.abort(), 5)
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('behavior: the signal reaches the transport, and ends the body of the answer', async () => {
    let isCancelled = false
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull: async (controller) => {
            await new Promise((resolve) => setTimeout(resolve, 2))
            controller.enqueue(new Uint8Array(10))
          },
          cancel: () => {
            isCancelled = true
          },
        }),
      )
    const node = createNode(endless)
    const abort = new AbortController()
    const response = await wrap(node.fetch)(URL_TEXT, { signal: abort.signal })
    expect(node.sent[0]?.init.signal).toBe(abort.signal)
    const reader = response.body?.getReader()
    await reader?.read()
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(
      (async () => {
        for (;;) await reader?.read()
      })(),
    ).rejects.toBe(reason)
    await expect.poll(() => isCancelled).toBe(true)
  })

  it('behavior: cancelling the body stops the handler, with backpressure until then', async () => {
    let produced = 0
    let isCancelled = false
    const node = createNode(
      () =>
        new Response(
          new ReadableStream(
            {
              pull: (controller) => {
                produced++
                controller.enqueue(new Uint8Array(1_000))
              },
              cancel: () => {
                isCancelled = true
              },
            },
            { highWaterMark: 0 },
          ),
        ),
    )
    const response = await wrap(node.fetch)(URL_TEXT)
    const reader = response.body?.getReader()
    for (let read = 0; read < 5; read++) await reader?.read()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(produced).toBe(5)
    await reader?.cancel()
    expect(isCancelled).toBe(true)
  })

  it('behavior: a handler whose body fails leaves a truncated answer, never a short one', async () => {
    const node = createNode(() => {
      let turn = 0
      return new Response(
        new ReadableStream({
          pull: (controller) => {
            if (turn++ === 0) controller.enqueue(new TextEncoder().encode('partial'))
            else controller.error(new Error('upstream lost'))
          },
        }),
      )
    })
    const reader = (await wrap(node.fetch)(URL_TEXT)).body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('partial')
    await expect(reader?.read()).rejects.toMatchObject({ code: 'TRUNCATED' })
  })
})

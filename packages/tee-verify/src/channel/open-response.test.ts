import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { openResponse } from './open-response.js'
import { createResponseSealer } from './response-sealer.js'

const SECRET = { exportedSecret: new Uint8Array(32).fill(1), encapsulatedKey: new Uint8Array(32).fill(2) }
const TEXT = ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

/** The parts of an answer: [prefix + head frame, chunk frames…, end frame]. */
async function sealParts(chunks: readonly Uint8Array[], status = 200): Promise<Uint8Array[]> {
  const sealer = createResponseSealer({
    ...SECRET,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    padToBytes: 1,
    paymentHeaders: 'inside',
  })
  const parts = [await sealer.head({ status, headers: { 'content-type': 'text/event-stream' } })]
  for (const chunk of chunks) parts.push(await sealer.chunk(chunk))
  return [...parts, await sealer.end()]
}
function streamOf(pieces: readonly Uint8Array[], failure?: Error): ReadableStream<Uint8Array> {
  const rest = [...pieces]
  return new ReadableStream({
    pull: (controller) => {
      const piece = rest.shift()
      if (piece !== undefined) controller.enqueue(piece)
      else if (failure !== undefined) controller.error(failure)
      else controller.close()
    },
  })
}
const open = (pieces: readonly Uint8Array[], signal: AbortSignal | null = null, failure?: Error): Promise<Response> =>
  openResponse(streamOf(pieces, failure), { secret: SECRET, signal })
const readText = async (pieces: readonly Uint8Array[], failure?: Error): Promise<string> =>
  (await open(pieces, null, failure)).text()
const codeOf = async (pieces: readonly Uint8Array[]): Promise<string> =>
  readText(pieces).then(
    () => 'no error',
    (error: { name: string; code: string }) => (error.name === 'ChannelError' ? error.code : `other: ${error.name}`),
  )

describe('openResponse', () => {
  it('behavior: cut in two at every byte border, and byte by byte', async () => {
    const bytes = join(await sealParts(TEXT.map(encode)))
    for (let border = 0; border <= bytes.length; border++) {
      expect(await readText([bytes.subarray(0, border), bytes.subarray(border)])).toBe(TEXT.join(''))
    }
    expect(await readText([...bytes].map((byte) => new Uint8Array([byte])))).toBe(TEXT.join(''))
  })

  it('behavior: what was authenticated before a fault is still handed out, in order', async () => {
    const parts = await sealParts(TEXT.map(encode))
    const reader = (await open(parts.slice(0, 3))).body?.getReader()
    expect((await reader?.read())?.value).toEqual(encode(TEXT[0] ?? ''))
    expect((await reader?.read())?.value).toEqual(encode(TEXT[1] ?? ''))
    await expect(reader?.read()).rejects.toMatchObject({ code: 'TRUNCATED' })
  })

  it('error: truncated at every length, so at every frame', async () => {
    const bytes = join(await sealParts(TEXT.map(encode)))
    for (let length = 0; length < bytes.length; length++) {
      expect(await codeOf([bytes.subarray(0, length)]), `${length} bytes`).toBe('TRUNCATED')
    }
    expect(await codeOf([bytes])).toBe('no error')
  })

  it('error: a transport that breaks', async () => {
    const parts = await sealParts(TEXT.map(encode))
    await expect(readText(parts.slice(0, 2), new TypeError('terminated'))).rejects.toMatchObject({
      code: 'TRUNCATED',
      cause: { message: 'terminated' },
    })
    await expect(readText([], new TypeError('terminated'))).rejects.toMatchObject({ code: 'TRUNCATED' })
    // After the authenticated end nothing is missing.
    await expect(readText(parts, new TypeError('terminated'))).resolves.toBe(TEXT.join(''))
  })

  it('error: every byte flipped', async () => {
    const bytes = join(await sealParts(TEXT.map(encode)))
    const codes = new Set<string>()
    for (let index = 0; index < bytes.length; index++) {
      const changed = Uint8Array.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8))
      const code = await codeOf([changed])
      expect(['no error', 'other']).not.toContain(code.split(':', 1)[0])
      codes.add(code)
    }
    expect([...codes].sort()).toEqual(['MALFORMED', 'TAMPERED', 'TOO_LARGE', 'TRUNCATED', 'UNSUPPORTED_VERSION'])
  })

  it('error: frames swapped, doubled, dropped, or taken from another answer', async () => {
    const [head, one, two, three, end] = (await sealParts(TEXT.map(encode))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const other = await sealParts(TEXT.map(encode))
    expect(await codeOf([head, two, one, three, end])).toBe('TAMPERED')
    expect(await codeOf([head, one, one, two, three, end])).toBe('TAMPERED')
    expect(await codeOf([head, two, three, end])).toBe('TAMPERED')
    expect(await codeOf([head, one, two, end])).toBe('TAMPERED')
    expect(await codeOf([head, end])).toBe('TAMPERED')
    expect(await codeOf([head, one, other[2] as Uint8Array, three, end])).toBe('TAMPERED')
    expect(await codeOf([head, one, head.subarray(33), two, three, end])).toBe('TAMPERED')
    expect(await codeOf([head, one, two, three, end, end])).toBe('MALFORMED')
    expect(await codeOf([head, one, two, three, end, new Uint8Array(1)])).toBe('MALFORMED')
    expect(await codeOf([head.subarray(0, 33), one, two, three, end])).toBe('TAMPERED')
    expect(await codeOf([head, one, two, three, end])).toBe('no error')
  })

  it('error: a chunk relabelled as the end, or the end as a chunk', async () => {
    const parts = await sealParts([])
    const relabelled = Uint8Array.from(parts[1] ?? [])
    relabelled[0] = 2
    expect(await codeOf([parts[0] as Uint8Array, relabelled])).toBe('TAMPERED')
  })

  it('error: the secret of another request', async () => {
    const bytes = join(await sealParts(TEXT.map(encode)))
    for (const secret of [
      { ...SECRET, exportedSecret: new Uint8Array(32) },
      { ...SECRET, encapsulatedKey: new Uint8Array(32) },
    ]) {
      await expect(openResponse(streamOf([bytes]), { secret, signal: null })).rejects.toMatchObject({
        code: 'TAMPERED',
      })
    }
  })

  it.each([204, 205, 304])('behavior: status %d has no body, and still needs its end', async (status) => {
    const parts = await sealParts([], status)
    const response = await open(parts)
    expect(response.status).toBe(status)
    expect(response.body).toBeNull()
    await expect(open(parts.slice(0, 1))).rejects.toMatchObject({ code: 'TRUNCATED' })
    await expect(open(await sealParts([encode('body')], status))).rejects.toMatchObject({ code: 'MALFORMED' })
  })

  it('behavior: the Response is there before the body', async () => {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const transport = new ReadableStream<Uint8Array>({
      start: (given) => {
        controller = given
      },
    })
    const parts = await sealParts(TEXT.map(encode))
    const opening = openResponse(transport, { secret: SECRET, signal: null })
    controller?.enqueue(parts[0] as Uint8Array)
    const response = await opening
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    for (const part of parts.slice(1)) controller?.enqueue(part)
    controller?.close()
    expect(await response.text()).toBe(TEXT.join(''))
  })

  it('behavior: nothing is read ahead of a slow consumer', async () => {
    const parts = await sealParts(Array.from({ length: 50 }, (_, index) => new Uint8Array(1_000).fill(index)))
    let pulled = 0
    const transport = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const part = parts[pulled++]
          if (part) controller.enqueue(part)
          else controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const reader = (await openResponse(transport, { secret: SECRET, signal: null })).body?.getReader()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pulled).toBe(1)
    for (let read = 1; read <= 3; read++) {
      await reader?.read()
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(pulled).toBe(1 + read)
    }
  })

  it('behavior: cancelling the body cancels the transport with the reason', async () => {
    const parts = await sealParts(TEXT.map(encode))
    let reason: unknown
    const transport = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const part of parts.slice(0, 2)) controller.enqueue(part)
      },
      cancel: (given) => {
        reason = given
      },
    })
    const response = await openResponse(transport, { secret: SECRET, signal: null })
    await response.body?.cancel('enough')
    expect(reason).toBe('enough')
  })

  it('behavior: a fault cancels the transport', async () => {
    const parts = await sealParts(TEXT.map(encode))
    let reason: unknown
    const transport = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const index of [0, 2]) controller.enqueue(parts[index] as Uint8Array)
      },
      cancel: (given) => {
        reason = given
      },
    })
    const response = await openResponse(transport, { secret: SECRET, signal: null })
    await expect(response.text()).rejects.toMatchObject({ code: 'TAMPERED' })
    expect(reason).toMatchObject({ code: 'TAMPERED' })
  })

  it('behavior: an abort ends a waiting read with its reason, even if the transport never hears of it', async () => {
    const parts = await sealParts(TEXT.map(encode))
    const abort = new AbortController()
    let isCancelled = false
    const transport = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const part of parts.slice(0, 2)) controller.enqueue(part)
      },
      cancel: () => {
        isCancelled = true
      },
    })
    const response = await openResponse(transport, { secret: SECRET, signal: abort.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    const waiting = reader?.read()
    abort.abort(new Error('stop'))
    await expect(waiting).rejects.toThrow('stop')
    expect(isCancelled).toBe(true)
  })

  it('behavior: an abort before the head rejects with its reason', async () => {
    const abort = new AbortController()
    const opening = openResponse(new ReadableStream<Uint8Array>(), { secret: SECRET, signal: abort.signal })
    abort.abort()
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
  })

  test.prop(
    [
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
    ],
    { numRuns: 60 },
  )('behavior: any body survives any cutting of the transport', async (chunks, cuts) => {
    const bytes = join(await sealParts(chunks))
    const pieces: Uint8Array[] = []
    for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
      const length = cuts[turn % cuts.length] ?? 1
      pieces.push(bytes.subarray(offset, offset + length))
      offset += length
    }
    const body = new Uint8Array(await (await open(pieces)).arrayBuffer())
    expect([...body]).toEqual([...join(chunks)])
  })

  test.prop([fc.integer({ min: 1, max: 6 }), fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 8 })], {
    numRuns: 80,
  })('behavior: no other sequence of the same frames is accepted', async (count, picks) => {
    const parts = await sealParts(Array.from({ length: count }, (_, index) => new Uint8Array([index])))
    const frames = parts.slice(1)
    const chosen = picks.map((pick) => pick % frames.length)
    const isSame = chosen.length === frames.length && chosen.every((pick, index) => pick === index)
    const code = await codeOf([parts[0] as Uint8Array, ...chosen.map((pick) => frames[pick] as Uint8Array)])
    expect(code === 'no error').toBe(isSame)
  })
})

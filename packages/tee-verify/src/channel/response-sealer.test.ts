import { describe, expect, it } from 'vitest'
import { createByteSource } from './byte-source.js'
import { readResponse } from './response-reader.js'
import { createResponseSealer } from './response-sealer.js'

const SECRET = { exportedSecret: new Uint8Array(32).fill(1), encapsulatedKey: new Uint8Array(32).fill(2) }
const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
const create = (padToBytes = 1) =>
  createResponseSealer({ ...SECRET, randomBytes, padToBytes, paymentHeaders: 'inside' })
const read = async (parts: readonly Uint8Array[]) => {
  const stream = new Response(new Blob(parts.map((part) => new Uint8Array(part)))).body
  if (stream === null) throw new Error('no body')
  const reader = await readResponse(createByteSource(stream, null), { secret: SECRET, bound: new Uint8Array(0) })
  const chunks: Uint8Array[] = []
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) chunks.push(chunk)
  return { head: reader.head, chunks }
}

describe('createResponseSealer', () => {
  it('default: head, chunks, end', async () => {
    const sealer = create()
    const parts = [
      await sealer.head({
        status: 201,
        headers: [
          ['Set-Cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['Connection', 'close'],
        ],
      }),
      await sealer.chunk(new Uint8Array([1])),
      await sealer.chunk(new Uint8Array(0)),
      await sealer.chunk(new Uint8Array([0, 0x80, 0])),
      await sealer.end(),
    ]
    expect(parts[2]).toHaveLength(0)
    const { head, chunks } = await read(parts)
    expect(head).toEqual({
      status: 201,
      headers: [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    })
    expect(chunks).toEqual([new Uint8Array([1]), new Uint8Array([0, 0x80, 0])])
  })

  it('behavior: calls that are not awaited keep their order', async () => {
    const sealer = create()
    const parts = await Promise.all([
      sealer.head({ status: 200, headers: {} }),
      ...Array.from({ length: 40 }, (_, index) => sealer.chunk(new Uint8Array(1 + (index % 3) * 70_000).fill(index))),
      sealer.end(),
    ])
    const { chunks } = await read(parts)
    expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(40 + 39 * 70_000)
    expect(new Set(chunks.map((chunk) => chunk[0])).size).toBe(40)
  })

  it('behavior: a chunk is split at 65,535 bytes, and no frame is larger', async () => {
    for (const [length, frames] of [
      [65_534, 1],
      [65_535, 1],
      [65_536, 2],
      [131_070, 2],
      [131_071, 3],
    ] as const) {
      const sealer = create(256)
      const head = await sealer.head({ status: 200, headers: {} })
      const { chunks } = await read([head, await sealer.chunk(new Uint8Array(length).fill(7)), await sealer.end()])
      expect(chunks).toHaveLength(frames)
      expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(length)
    }
  })

  it('behavior: chunks of different lengths look the same when padded', async () => {
    const sealer = create(256)
    await sealer.head({ status: 200, headers: {} })
    const lengths = await Promise.all(
      [1, 20, 200, 255].map(async (length) => (await sealer.chunk(new Uint8Array(length))).length),
    )
    expect(new Set(lengths).size).toBe(1)
    expect((await sealer.chunk(new Uint8Array(256))).length).toBeGreaterThan(lengths[0] ?? 0)
  })

  it('behavior: the buffer may be reused at once', async () => {
    const sealer = create()
    const buffer = Buffer.from('before')
    const head = await sealer.head({ status: 200, headers: {} })
    const sealing = sealer.chunk(buffer)
    buffer.fill(0)
    const { chunks } = await read([head, await sealing, await sealer.end()])
    expect(new TextDecoder().decode(chunks[0])).toBe('before')
  })

  it('behavior: two answers to one request share no key', async () => {
    const answers = await Promise.all(
      [create(), create()].map(async (sealer) => sealer.head({ status: 200, headers: {} })),
    )
    expect(answers[0]?.subarray(33)).not.toEqual(answers[1]?.subarray(33))
  })

  it('error: out of order', async () => {
    const misuse = { code: 'SEALER_MISUSE' }
    await expect(create().chunk(new Uint8Array(1))).rejects.toMatchObject(misuse)
    await expect(create().end()).rejects.toMatchObject(misuse)
    const sealer = create()
    await sealer.head({ status: 200, headers: {} })
    await expect(sealer.head({ status: 200, headers: {} })).rejects.toMatchObject(misuse)
    await sealer.end()
    await expect(sealer.chunk(new Uint8Array(1))).rejects.toMatchObject(misuse)
    await expect(sealer.end()).rejects.toMatchObject(misuse)
  })

  it('error: a head that HTTP has not, after which another may be sealed', async () => {
    const sealer = create()
    for (const status of [0, 99, 101, 199, 600, 200.5]) {
      await expect(sealer.head({ status, headers: {} })).rejects.toMatchObject({ code: 'MALFORMED' })
    }
    await expect(sealer.head({ status: 200, headers: { 'a b': 'x' } })).rejects.toMatchObject({ code: 'MALFORMED' })
    await expect(sealer.head({ status: 200, headers: { a: 'x\ny' } })).rejects.toMatchObject({ code: 'MALFORMED' })
    const large = { a: 'x'.repeat(30_000), b: 'x'.repeat(30_000), c: 'x'.repeat(10_000) }
    await expect(sealer.head({ status: 200, headers: large })).rejects.toMatchObject({ code: 'TOO_LARGE' })
    await expect(sealer.head({ status: 500, headers: {} })).resolves.toBeDefined()
  })
})

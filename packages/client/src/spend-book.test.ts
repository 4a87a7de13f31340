import { describe, expect, it } from 'vitest'
import { createSpendBook } from './spend-book.js'

const asset = `0x${'0c'.repeat(20)}` as const
let now = 1_000n

/** Notes a payment of `authorized` units that can be used for a minute. */
function sign(book: ReturnType<typeof createSpendBook>, name: number, authorized: bigint): `0x${string}` {
  const paymentHash = `0x${name.toString(16).padStart(64, '0')}` as const
  const requirements = { scheme: 'exact', network: 'eip155:84532', asset, payTo: `0x${'0b'.repeat(20)}` }
  book.signed(
    { paymentHash, requirements, authorized, validBefore: now + 60n } as never,
    { node: { nodeId: '0x01' }, directory: { baseUrl: 'http://node' }, call: { request: { model: 'm' } } } as never,
  )
  return paymentHash
}

const charge = (book: ReturnType<typeof createSpendBook>, paymentHash: `0x${string}`, charged: bigint): void =>
  book.charged({ answer: { receipt: { paymentHash }, terms: { charged } } } as never)

describe('createSpendBook', () => {
  it('default', () => {
    const book = createSpendBook(() => now)
    const first = sign(book, 1, 100n)
    sign(book, 2, 50n)
    charge(book, first, 70n)
    expect(book.entries()).toHaveLength(2)
    expect(book.entries()[0]).toMatchObject({ paymentHash: first, authorized: 100n, charged: 70n, model: 'm' })
    expect(book.totals()).toEqual([{ network: 'eip155:84532', asset, authorized: 150n, charged: 70n, open: 50n }])
  })

  it('behavior: a payment that is sent again is noted once, and one that ran out is no longer open', () => {
    const book = createSpendBook(() => now)
    sign(book, 1, 100n)
    sign(book, 1, 100n)
    expect(book.totals()[0]).toMatchObject({ authorized: 100n, open: 100n })
    now += 61n
    expect(book.totals()[0]).toMatchObject({ authorized: 100n, charged: 0n, open: 0n })
  })

  it('behavior: the sums outlast the thousand entries that are kept', () => {
    const book = createSpendBook(() => now)
    for (let name = 1; name <= 1_500; name += 1) charge(book, sign(book, name, 2n), 1n)
    expect(book.entries()).toHaveLength(1_000)
    expect(book.totals()[0]).toMatchObject({ authorized: 3_000n, charged: 1_500n, open: 0n })
  })
})

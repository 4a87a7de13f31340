import { openMemoryLedger } from '@og/ledger'
import { parsePaymentPayload } from '@og/x402'
import { type ChannelRecord, type ChannelStore, channelPaymentHash, createMemoryChannelStore } from '@og/x402/channel'
import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { createRecoveringStore } from './recovering-store.js'
import { createWaitingCalls } from './waiting-calls.js'

const bytes32 = (digit: string): Hex => `0x${digit.repeat(64)}`
const address = (digit: string): Hex => `0x${digit.repeat(40)}`
const channelId = bytes32('c')
const start = 1_800_000_000n
const voucher = { channelId, maxClaimableAmount: 150n, signature: `0x${'ab'.repeat(65)}` as Hex }
const paymentHash = channelPaymentHash(voucher, { chainId: 84_532n, chargedBefore: 50n })
const config = {
  payer: address('1'),
  payerAuthorizer: address('1'),
  receiver: address('2'),
  receiverAuthorizer: address('3'),
  token: address('4'),
  withdrawDelay: 900,
  salt: bytes32('0'),
}
const payload = parsePaymentPayload({
  x402Version: 2,
  accepted: {
    scheme: 'batch-settlement',
    network: 'eip155:84532',
    amount: '100',
    asset: config.token,
    payTo: config.receiver,
    maxTimeoutSeconds: 600,
    extra: {},
  },
  payload: {
    type: 'voucher',
    channelConfig: config,
    voucher: { ...voucher, maxClaimableAmount: '150' },
    callId: bytes32('d'),
  },
})

/** A channel that was charged 50 and runs a call for at most 100 more, in a process that is gone or slow. */
async function leftBehind({ isExclusive }: { readonly isExclusive: boolean }) {
  const clock = { now: start }
  const ledger = openMemoryLedger({ now: () => clock.now })
  const memory = createMemoryChannelStore()
  const left: ChannelRecord = {
    channelId,
    network: 'eip155:84532',
    config,
    charged: 50n,
    signedMax: 60n,
    signature: `0x${'cd'.repeat(65)}`,
    state: { balance: 1000n, totalClaimed: 0n, withdrawRequestedAt: 0n, refundNonce: 0n },
    syncedAt: start,
    lastUsedAt: start,
    attempts: 7,
    running: { attempt: 7, leaseUntil: start + 60n, paymentHash },
    recent: [],
  }
  await memory.update(channelId, () => left)
  const store = createRecoveringStore({ store: memory, ledger, isExclusive, now: () => clock.now })
  const salts = { request: bytes32('5'), response: bytes32('6'), upstreamRequest: bytes32('7'), terms: bytes32('8') }
  const reserve = () =>
    ledger.reserve({
      chainId: 84_532n,
      nonceContract: address('5'),
      payer: config.payer,
      nonce: paymentHash,
      paymentHash,
      requestHash: bytes32('e'),
      scheme: 'batch-settlement',
      network: 'eip155:84532',
      asset: config.token,
      payTo: config.receiver,
      authorized: 100n,
      validBefore: 2n ** 48n - 1n,
      leaseSeconds: 300n,
      mode: 'VANILLA',
      settlement: 'SETTLE_BATCH',
      salts,
      payload: JSON.stringify(payload),
      rebinds: true,
    })
  const finish = (charged: bigint) =>
    ledger.finish({
      paymentHash,
      attempt: 1,
      receiptDigest: bytes32('9'),
      logId: bytes32('a'),
      receiptJson: '{}',
      termsJson: '{}',
      signature: '0x00',
      charged,
      outcome: 0,
      intents: charged === 0n ? [] : [{ kind: 'payment', dedupeKey: paymentHash, body: '{}' }],
    })
  return { clock, ledger, memory, store, left, reserve, finish }
}

describe('a call that was left behind', () => {
  test('default: its receipt stands in the ledger: the channel counts it, and knows the call again', async () => {
    const { store, memory, reserve, finish, ledger } = await leftBehind({ isExclusive: true })
    await reserve()
    await finish(30n)
    const found = await store.read(channelId)
    expect(found).toMatchObject({ charged: 80n, signedMax: 150n, signature: voucher.signature, running: undefined })
    expect(found?.recent).toMatchObject([
      { paymentHash, callId: bytes32('d'), requestHash: bytes32('e'), settlement: { extra: { chargedAmount: '30' } } },
    ])
    expect(await memory.read(channelId)).toEqual(found)
    await ledger.close()
  })

  test.each(['before its reservation', 'while it ran', 'after it failed'])(
    'behavior: %s: nothing is charged, and its process can charge nothing later',
    async (moment) => {
      const { store, reserve, finish, ledger } = await leftBehind({ isExclusive: true })
      if (moment !== 'before its reservation') await reserve()
      if (moment === 'after it failed') await ledger.release({ paymentHash, attempt: 1, reason: 'failed' })
      expect(await store.read(channelId)).toMatchObject({ charged: 50n, signedMax: 60n, running: undefined })
      const code = moment === 'before its reservation' ? 'NOT_FOUND' : 'FENCED'
      await expect(finish(30n)).rejects.toMatchObject({ code })
      await ledger.close()
    },
  )

  test('behavior: in a shared store it may be alive until its lease is over; whoever changes the channel then counts it first', async () => {
    const { store, reserve, finish, clock, left, ledger } = await leftBehind({ isExclusive: false })
    await reserve()
    await finish(30n)
    expect(await store.read(channelId)).toEqual(left)
    clock.now += 60n
    const seen: (bigint | undefined)[] = []
    await store.update(channelId, (current) => {
      seen.push(current?.charged)
      return 'keep'
    })
    expect(seen).toEqual([80n])
    await ledger.close()
  })

  test('behavior: a call of this process is its own affair, until it says that it does not know', async () => {
    const { store, reserve, finish, ledger } = await leftBehind({ isExclusive: true })
    await store.read(channelId)
    const running = { attempt: 8, leaseUntil: start + 60n, paymentHash }
    await store.update(channelId, (current) => (current === undefined ? 'keep' : { ...current, attempts: 8, running }))
    await reserve()
    await finish(30n)
    expect(await store.read(channelId)).toMatchObject({ charged: 50n, running })
    store.abandon(channelId)
    expect(await store.read(channelId)).toMatchObject({ charged: 80n, running: undefined })
    expect(await store.listUnclaimed()).toMatchObject([{ charged: 80n }])
    await ledger.close()
  })

  test('behavior: one that stood still before its reservation is told that the channel is gone, whenever it asks', async () => {
    const { ledger, memory, store, clock, reserve } = await leftBehind({ isExclusive: false })
    const other = createRecoveringStore({ store: memory, ledger, isExclusive: false, now: () => clock.now })
    clock.now += 60n
    const running = { attempt: 8, leaseUntil: clock.now + 60n, paymentHash }
    await store.update(channelId, (current) => (current === undefined ? 'keep' : { ...current, attempts: 8, running }))
    expect(await store.isHeld(channelId)).toBe(true)
    expect(await other.isHeld(channelId)).toBe(false)
    clock.now += 60n
    // Nobody has taken it: it may go on.
    expect(await store.isHeld(channelId)).toBe(true)

    // Between the other's look into the ledger, where nothing is yet, and its word to the channel.
    const held: boolean[] = []
    const looking = createRecoveringStore({
      store: memory,
      ledger: {
        release: ledger.release,
        lookup: async (hash) => {
          const found = await ledger.lookup(hash)
          await reserve()
          held.push(await store.isHeld(channelId))
          return found
        },
      },
      isExclusive: false,
      now: () => clock.now,
    })
    expect(await looking.read(channelId)).toMatchObject({ charged: 50n, running: undefined })
    expect(held).toEqual([false])
    expect(await store.isHeld(channelId)).toBe(false)
    await ledger.close()
  })

  test('behavior: one that stood still after its reservation can neither finish nor count; its twin that was not taken over can', async () => {
    for (const isTaken of [true, false]) {
      const { ledger, memory, store, clock, reserve, finish } = await leftBehind({ isExclusive: false })
      const other = createRecoveringStore({ store: memory, ledger, isExclusive: false, now: () => clock.now })
      clock.now += 60n
      const running = { attempt: 8, leaseUntil: clock.now + 60n, paymentHash }
      await store.update(channelId, (current) =>
        current === undefined ? 'keep' : { ...current, attempts: 8, running },
      )
      await reserve()
      clock.now += 120n
      if (isTaken) await other.read(channelId)
      if (isTaken) await expect(finish(30n)).rejects.toMatchObject({ code: 'FENCED' })
      else await finish(30n)
      let isOurs = false
      await store.update(channelId, (current) => {
        isOurs = current?.running?.attempt === 8
        return current === undefined || !isOurs ? 'keep' : { ...current, charged: 80n, running: undefined }
      })
      expect(isOurs).toBe(!isTaken)
      expect(await other.read(channelId)).toMatchObject({ charged: isTaken ? 50n : 80n, running: undefined })
      await ledger.close()
    }
  })

  test('behavior: a call is not taken for dead while its beginning is still being written, nor counted twice by two who find it', async () => {
    const { ledger, memory, clock, reserve, finish } = await leftBehind({ isExclusive: true })
    await reserve()
    await finish(30n)
    const slow: ChannelStore = {
      ...memory,
      update: async (id, change) => {
        const written = await memory.update(id, change)
        await new Promise((resolve) => setImmediate(resolve))
        return written
      },
    }
    const store = createRecoveringStore({ store: slow, ledger, isExclusive: true, now: () => clock.now })
    const found = await Promise.all([store.read(channelId), store.read(channelId)])
    expect(found).toMatchObject([{ charged: 80n }, { charged: 80n }])
    expect(found[0]?.recent).toHaveLength(1)

    const running = { attempt: 9, leaseUntil: start + 60n, paymentHash: bytes32('b') }
    const begun = store.update(channelId, (current) =>
      current === undefined ? 'keep' : { ...current, attempts: 9, running },
    )
    while ((await memory.read(channelId))?.running?.attempt !== 9) await Promise.resolve()
    expect(await store.read(channelId)).toMatchObject({ running })
    await begun
    expect(await store.read(channelId)).toMatchObject({ running })
    await ledger.close()
  })

  test('behavior: a beginning that could not be written is nobody of ours; a recovery that failed is begun again', async () => {
    const { ledger, memory, clock, left, reserve, finish } = await leftBehind({ isExclusive: true })
    await reserve()
    await finish(30n)
    let isDown = true
    const store = createRecoveringStore({
      store: memory,
      ledger: {
        release: ledger.release,
        lookup: (hash) => (isDown ? Promise.reject(new Error('down')) : ledger.lookup(hash)),
      },
      isExclusive: true,
      now: () => clock.now,
    })
    await expect(store.read(channelId)).rejects.toThrow('down')
    expect(await memory.read(channelId)).toMatchObject({ charged: 50n, running: { paymentHash } })
    isDown = false
    expect(await store.read(channelId)).toMatchObject({ charged: 80n, running: undefined })

    const breaks = createRecoveringStore({
      store: {
        ...memory,
        update: async (id, change) => {
          await memory.update(id, change)
          throw new Error('no answer')
        },
      },
      ledger,
      isExclusive: false,
      now: () => clock.now,
    })
    const running = { ...left.running, attempt: 20, leaseUntil: clock.now + 60n }
    await expect(
      breaks.update(channelId, (current) => (current === undefined ? 'keep' : { ...current, attempts: 20, running })),
    ).rejects.toThrow('no answer')
    expect(await breaks.isHeld(channelId)).toBe(false)
    await ledger.close()
  })
})

describe('calls that wait for their turn', () => {
  const of = (payerAuthorizer: Hex, channel: string) => ({
    channelConfig: { ...config, payerAuthorizer },
    voucher: { channelId: bytes32(channel) },
  })
  const refused = (code: string) => expect.objectContaining({ code, retryAfterSeconds: 1 })

  test('default: one signer has a sixteenth of the places, over all its channels; what ends gives its place back, once', () => {
    const waiting = createWaitingCalls({ places: 32 })
    const end = waiting.begin(of(address('a'), '1'))
    waiting.begin(of(address('a'), '2'))
    expect(() => waiting.begin(of(address('A'), '3'))).toThrow(refused('rate_limited'))
    waiting.begin(of(address('b'), '1'))
    end()
    end()
    waiting.begin(of(address('a'), '3'))
    expect(() => waiting.begin(of(address('a'), '3'))).toThrow(refused('rate_limited'))
  })

  test('behavior: however many signers there are, half of the places stay for others', () => {
    const waiting = createWaitingCalls({ places: 8 })
    const ends = ['1', '2', '3', '4'].map((digit) => waiting.begin(of(address(digit), '1')))
    expect(() => waiting.begin(of(address('5'), '1'))).toThrow(refused('overloaded'))
    ends[0]?.()
    waiting.begin(of(address('5'), '1'))
    expect(() => createWaitingCalls({ places: 1 }).begin(of(address('1'), '1'))).not.toThrow()
  })

  test('behavior: where a contract signs, shares go by the channel: naming its payer takes nothing of its other channels', () => {
    const waiting = createWaitingCalls({ places: 16 })
    const none = address('0')
    waiting.begin(of(none, '1'))
    expect(() => waiting.begin(of(none, '1'))).toThrow(refused('rate_limited'))
    expect(() => waiting.begin(of(none, '2'))).not.toThrow()
  })
})

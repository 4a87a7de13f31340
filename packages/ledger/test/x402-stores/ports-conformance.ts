import type { ChannelStore } from '@og/x402/channel'
import type { ReservationStore, ReserveResult } from '@og/x402/server'
import { createMemoryReservationStore } from '@og/x402/server'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hash, PAYEE, START } from '../conformance/fixtures.js'
import { channel, reservation, settlement } from './fixtures.js'

/** The two ports of `@og/x402` under test; x402's own memory stores pass this suite too. */
interface PortsHarness {
  readonly reservations: ReservationStore
  readonly channels: ChannelStore
  /** Closes them and opens the same data again; absent where nothing survives. */
  reopen?(): Promise<{ readonly reservations: ReservationStore; readonly channels: ChannelStore }>
  dispose(): Promise<void>
}

export type PortsFactory = (options: { readonly maxExposurePerPayer?: bigint }) => Promise<PortsHarness>

function countOf(results: readonly ReserveResult[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** What every implementation of `ReservationStore` and `ChannelStore` must do. */
export function portsConformance(engine: string, make: PortsFactory, modelRuns: number): void {
  describe(`x402 ports: ${engine}`, () => {
    let harness: PortsHarness
    const limit = { maxExposurePerPayer: 1_000n }
    beforeEach(async () => {
      harness = await make(limit)
    })
    afterEach(() => harness.dispose())

    describe('reservations', () => {
      const grant = async (name: string): Promise<number> => {
        const result = await harness.reservations.reserve(reservation(name))
        if (result.kind !== 'granted') throw new Error(`not granted: ${result.kind}`)
        return result.attempt
      }

      test('default: one run, then its settlement for ever', async () => {
        const attempt = await grant('a')
        expect(attempt).toBe(1)
        expect(await harness.reservations.reserve(reservation('a'))).toEqual({ kind: 'running' })
        const { nonceKey } = reservation('a')
        await harness.reservations.finish({ nonceKey, attempt, settlement: settlement() })
        const again = await harness.reservations.reserve(reservation('a'))
        expect(again).toEqual({ kind: 'finished', settlement: settlement() })
        await harness.reservations.release({ nonceKey, attempt })
        expect((await harness.reservations.reserve(reservation('a'))).kind).toBe('finished')
        const other = await grant('b')
        await harness.reservations.finish({
          nonceKey: reservation('b').nonceKey,
          attempt: other,
          settlement: undefined,
        })
        expect(await harness.reservations.reserve(reservation('b'))).toEqual({
          kind: 'finished',
          settlement: undefined,
        })
      })

      test('behavior: one nonce is one payment in any letter case; another request is a conflict', async () => {
        const { nonceKey } = reservation('a')
        await grant('a')
        const loud = {
          ...nonceKey,
          nonceContract: nonceKey.nonceContract.toLowerCase() as never,
          payer: nonceKey.payer.toLowerCase() as never,
        }
        expect((await harness.reservations.reserve(reservation('a', { nonceKey: loud }))).kind).toBe('running')
        const moved = reservation('a', { requestHash: hash('other request') })
        expect(await harness.reservations.reserve(moved)).toEqual({ kind: 'conflict' })
        // The same nonce of another contract is another payment.
        expect((await harness.reservations.reserve(reservation('a', { nonceContract: PAYEE }))).kind).toBe('granted')
      })

      test('behavior: a released payment runs again for the same request, and late words of the first run count for nothing', async () => {
        const { nonceKey } = reservation('a')
        const first = await grant('a')
        await harness.reservations.release({ nonceKey, attempt: first })
        const moved = reservation('a', { requestHash: hash('other request') })
        expect(await harness.reservations.reserve(moved)).toEqual({ kind: 'conflict' })
        const second = await grant('a')
        expect(second).toBe(first + 1)
        await harness.reservations.finish({ nonceKey, attempt: first, settlement: settlement() })
        await harness.reservations.release({ nonceKey, attempt: first })
        expect(await harness.reservations.reserve(reservation('a'))).toEqual({ kind: 'running' })
      })

      test('behavior: 60 simultaneous uses of one payment: one grant', async () => {
        const uses = Array.from({ length: 60 }, () => harness.reservations.reserve(reservation('a')))
        expect(countOf(await Promise.all(uses))).toEqual({ granted: 1, running: 59 })
      })

      test('behavior: 60 simultaneous payments over an exposure for ten: ten, and a finished or released one makes room', async () => {
        const names = Array.from({ length: 60 }, (_, index) => `p${index}`)
        const results = await Promise.all(names.map((name) => harness.reservations.reserve(reservation(name))))
        expect(countOf(results)).toEqual({ granted: 10, exhausted: 50 })
        const granted = names.filter((_, index) => results[index]?.kind === 'granted')
        const [one = '', two = ''] = granted
        await harness.reservations.finish({ nonceKey: reservation(one).nonceKey, attempt: 1, settlement: settlement() })
        await harness.reservations.release({ nonceKey: reservation(two).nonceKey, attempt: 1 })
        expect((await harness.reservations.reserve(reservation('x'))).kind).toBe('granted')
        expect((await harness.reservations.reserve(reservation('y', { authorized: 101n }))).kind).toBe('exhausted')
        expect((await harness.reservations.reserve(reservation('y'))).kind).toBe('granted')
        expect((await harness.reservations.reserve(reservation('z'))).kind).toBe('exhausted')
        // Another asset, another account.
        expect((await harness.reservations.reserve(reservation('z', { asset: PAYEE }))).kind).toBe('granted')
      })

      test('behavior: any sequence is answered as x402’s own memory store answers it', async () => {
        const names = ['a', 'b', 'c'] as const
        const name = fc.constantFrom(...names)
        const step = fc.oneof(
          { weight: 3, arbitrary: fc.record({ do: fc.constant('reserve' as const), name, other: fc.boolean() }) },
          fc.record({
            do: fc.constantFrom('finish' as const, 'release' as const),
            name,
            attempt: fc.integer({ min: 1, max: 3 }),
          }),
        )
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
            const { reservations, dispose } = await make(limit)
            try {
              const model = createMemoryReservationStore(limit)
              for (const one of steps) {
                const big = { authorized: 450n }
                if (one.do === 'reserve') {
                  const wanted = reservation(one.name, { ...big, ...(one.other ? { requestHash: hash('other') } : {}) })
                  expect(await reservations.reserve(wanted)).toEqual(await model.reserve(wanted))
                } else {
                  const key = { nonceKey: reservation(one.name).nonceKey, attempt: one.attempt }
                  for (const store of [reservations, model]) {
                    if (one.do === 'finish') await store.finish({ ...key, settlement: settlement() })
                    else await store.release(key)
                  }
                }
              }
            } finally {
              await dispose()
            }
          }),
          { numRuns: modelRuns },
        )
      })
    })

    describe('channels', () => {
      test('default: a record comes back as it was written', async () => {
        const full = channel('a')
        expect(await harness.channels.update(full.channelId, () => full)).toEqual(full)
        expect(await harness.channels.read(full.channelId)).toEqual(full)
        const bare = channel('b', { signature: undefined, running: undefined, recent: [] })
        await harness.channels.update(bare.channelId, () => bare)
        expect(await harness.channels.read(bare.channelId)).toEqual(bare)
        expect(await harness.channels.read(hash('unknown'))).toBeUndefined()
      })

      test('behavior: keep leaves it, undefined forgets it', async () => {
        const full = channel('a')
        expect(await harness.channels.update(full.channelId, () => 'keep')).toBeUndefined()
        await harness.channels.update(full.channelId, () => full)
        expect(await harness.channels.update(full.channelId, () => 'keep')).toEqual(full)
        expect(await harness.channels.update(full.channelId, () => undefined)).toBeUndefined()
        expect(await harness.channels.read(full.channelId)).toBeUndefined()
      })

      test('behavior: 40 simultaneous charges of a channel that did not exist are all counted', async () => {
        const fresh = channel('a', { charged: 0n })
        await Promise.all(
          Array.from({ length: 40 }, () =>
            harness.channels.update(fresh.channelId, (current = fresh) => ({
              ...current,
              charged: current.charged + 3n,
            })),
          ),
        )
        expect((await harness.channels.read(fresh.channelId))?.charged).toBe(120n)
      })

      test('behavior: what can be claimed is listed, and nothing else', async () => {
        const owed = channel('owed', { charged: 9n })
        const paid = channel('paid', { charged: 7n })
        const unsigned = channel('unsigned', { charged: 9n, signature: undefined })
        for (const record of [owed, paid, unsigned]) await harness.channels.update(record.channelId, () => record)
        expect(await harness.channels.listUnclaimed()).toEqual([owed])
        await harness.channels.update(owed.channelId, (current) =>
          current === undefined ? 'keep' : { ...current, state: { ...current.state, totalClaimed: 9n } },
        )
        expect(await harness.channels.listUnclaimed()).toEqual([])
      })

      test('error: a change that throws changes nothing', async () => {
        const full = channel('a')
        await harness.channels.update(full.channelId, () => full)
        const broken = harness.channels.update(full.channelId, () => {
          throw new Error('no')
        })
        await expect(broken).rejects.toThrow()
        expect(await harness.channels.read(full.channelId)).toEqual(full)
      })
    })

    test('behavior: reservations and channels are there after closing and opening', async () => {
      if (harness.reopen === undefined) return
      await harness.reservations.reserve(reservation('running'))
      await harness.reservations.reserve(reservation('finished'))
      const { nonceKey } = reservation('finished')
      await harness.reservations.finish({ nonceKey, attempt: 1, settlement: settlement() })
      const full = channel('a')
      await harness.channels.update(full.channelId, () => full)
      const again = await harness.reopen()
      expect(await again.reservations.reserve(reservation('running'))).toEqual({ kind: 'running' })
      expect(await again.reservations.reserve(reservation('finished'))).toEqual({
        kind: 'finished',
        settlement: settlement(),
      })
      expect(await again.channels.listUnclaimed()).toEqual([full])
      // A reservation of a life before counts as long as it could still be settled.
      const later = { now: START + 600n + 121n, validBefore: START + 2_000n, authorized: 1_000n }
      expect((await again.reservations.reserve(reservation('big', { ...later, now: START + 700n }))).kind).toBe(
        'exhausted',
      )
      expect((await again.reservations.reserve(reservation('big', later))).kind).toBe('granted')
    })
  })
}

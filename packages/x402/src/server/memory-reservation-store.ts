import type { Hex } from '../hex.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { nonceKeyText, type ReservationStore } from './reservation-store.js'

/** Options of {@link createMemoryReservationStore}. */
export interface MemoryReservationStoreOptions {
  /** Most that one payer may have running at a time per asset, in atomic units; unlimited when absent. */
  readonly maxExposurePerPayer?: bigint
  /** Most records that are kept; new payments are refused as `exhausted` above it. 100 000 when absent. */
  readonly maxEntries?: number
}

interface Entry {
  readonly requestHash: Hex
  readonly account: string
  readonly authorized: bigint
  readonly validBefore: bigint
  readonly attempt: number
  readonly state: 'running' | 'released' | 'finished'
  readonly settlement?: SettleResponse | undefined
}

const DEFAULT_MAX_ENTRIES = 100_000
/** How long past `validBefore` a record stays, so that clocks which differ do not reopen it. */
const GRACE_SECONDS = 120n

/**
 * A reservation store in the memory of one process. It is atomic there and nowhere else, and it forgets on restart:
 * a payment can then run once more within its validity. Use a durable, shared store for more than one process.
 */
export function createMemoryReservationStore(options: MemoryReservationStoreOptions = {}): ReservationStore {
  const { maxExposurePerPayer, maxEntries = DEFAULT_MAX_ENTRIES } = options
  const entries = new Map<string, Entry>()

  function forget(now: bigint): void {
    for (const [key, entry] of entries) {
      if (entry.state !== 'running' && entry.validBefore + GRACE_SECONDS < now) entries.delete(key)
    }
  }

  function exposureOf(account: string): bigint {
    let sum = 0n
    for (const entry of entries.values()) {
      if (entry.account === account && entry.state === 'running') sum += entry.authorized
    }
    return sum
  }

  function update(key: string, attempt: number, change: Partial<Entry>): void {
    const entry = entries.get(key)
    // A late word from an attempt that is no longer current changes nothing.
    if (entry === undefined || entry.attempt !== attempt || entry.state !== 'running') return
    entries.set(key, { ...entry, ...change })
  }

  return {
    async reserve(reservation) {
      const key = nonceKeyText(reservation.nonceKey)
      const account = `${reservation.nonceKey.chainId}:${reservation.asset}:${reservation.nonceKey.payer}`.toLowerCase()
      const known = entries.get(key)
      if (known !== undefined && known.requestHash !== reservation.requestHash) return { kind: 'conflict' }
      if (known?.state === 'running') return { kind: 'running' }
      if (known?.state === 'finished') return { kind: 'finished', settlement: known.settlement }
      if (known === undefined && entries.size >= maxEntries) {
        forget(reservation.now)
        if (entries.size >= maxEntries) return { kind: 'exhausted' }
      }
      if (maxExposurePerPayer !== undefined && exposureOf(account) + reservation.authorized > maxExposurePerPayer) {
        return { kind: 'exhausted' }
      }
      const attempt = (known?.attempt ?? 0) + 1
      entries.set(key, {
        requestHash: reservation.requestHash,
        account,
        authorized: reservation.authorized,
        validBefore: reservation.validBefore,
        attempt,
        state: 'running',
      })
      return { kind: 'granted', attempt }
    },
    async finish({ nonceKey, attempt, settlement }) {
      update(nonceKeyText(nonceKey), attempt, { state: 'finished', settlement })
    },
    async release({ nonceKey, attempt }) {
      update(nonceKeyText(nonceKey), attempt, { state: 'released' })
    },
  }
}

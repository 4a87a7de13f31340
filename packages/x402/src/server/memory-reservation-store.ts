import type { Hex } from '../hex.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { type AttemptKey, nonceKeyText, type Reservation, type ReservationStore } from './reservation-store.js'

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
  state: 'running' | 'released' | 'finished'
  settlement?: SettleResponse | undefined
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
  /** What each payer has running, by account; only kept where it is limited. */
  const exposures = new Map<string, bigint>()
  let forgottenAt = 0n

  function forget(now: bigint): void {
    // Going through all of them for every payment above the limit would be an attack on this server.
    if (now === forgottenAt) return
    forgottenAt = now
    for (const [key, entry] of entries) {
      const isOver = entry.state !== 'running' && entry.validBefore + GRACE_SECONDS < now
      // What was given back uncharged cost its payer nothing: it must not take the place of those who pay.
      if (isOver || entry.state === 'released') entries.delete(key)
    }
  }

  function expose(account: string, change: bigint): void {
    if (maxExposurePerPayer === undefined) return
    const exposure = (exposures.get(account) ?? 0n) + change
    if (exposure === 0n) exposures.delete(account)
    else exposures.set(account, exposure)
  }

  function accountOf({ nonceKey, asset }: Reservation): string {
    // Nobody asks for it without a limit.
    return maxExposurePerPayer === undefined ? '' : `${nonceKey.chainId}:${asset}:${nonceKey.payer}`.toLowerCase()
  }

  function end(key: AttemptKey, state: 'released' | 'finished', settlement?: SettleResponse): void {
    const entry = entries.get(nonceKeyText(key.nonceKey))
    // A late word from an attempt that is no longer current changes nothing.
    if (entry === undefined || entry.attempt !== key.attempt || entry.state !== 'running') return
    entry.state = state
    entry.settlement = settlement
    expose(entry.account, -entry.authorized)
  }

  return {
    async reserve(reservation) {
      const key = nonceKeyText(reservation.nonceKey)
      const known = entries.get(key)
      if (known !== undefined && known.requestHash !== reservation.requestHash) return { kind: 'conflict' }
      if (known?.state === 'running') return { kind: 'running' }
      if (known?.state === 'finished') return { kind: 'finished', settlement: known.settlement }
      if (known === undefined && entries.size >= maxEntries) {
        forget(reservation.now)
        if (entries.size >= maxEntries) return { kind: 'exhausted' }
      }
      const { requestHash, authorized, validBefore } = reservation
      const account = accountOf(reservation)
      if (maxExposurePerPayer !== undefined && (exposures.get(account) ?? 0n) + authorized > maxExposurePerPayer) {
        return { kind: 'exhausted' }
      }
      const attempt = (known?.attempt ?? 0) + 1
      entries.set(key, { requestHash, account, authorized, validBefore, attempt, state: 'running' })
      expose(account, authorized)
      return { kind: 'granted', attempt }
    },
    async finish({ nonceKey, attempt, settlement }) {
      end({ nonceKey, attempt }, 'finished', settlement)
    },
    async release(key) {
      end(key, 'released')
    },
  }
}

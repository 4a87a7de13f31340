import { type Ledger, LedgerError } from '@og/ledger'
import { parsePaymentPayload } from '@og/x402'
import type { ChannelRecord, ChannelStore } from '@og/x402/channel'
import type { Hex } from 'viem'
import { type ChannelCharge, withCharge } from './channel-charge.js'

/** A store of channels that finds out what became of calls whose process is gone, before anybody counts on. */
export interface RecoveringStore extends ChannelStore {
  /** Says that this process no longer knows how its call on a channel ended: the ledger does. */
  readonly abandon: (channelId: Hex) => void
}

/** Options of {@link createRecoveringStore}. */
export interface RecoveringStoreOptions {
  readonly store: ChannelStore
  readonly ledger: Pick<Ledger, 'lookup' | 'release'>
  /** Nobody else uses the store: a call that this process did not begin is dead. */
  readonly isExclusive: boolean
  readonly now: () => bigint
}

/**
 * A call is charged when the ledger has its receipt; the channel's own count follows in a second commit. Whoever finds a call that was left
 * between the two brings the count up to what the receipts say. An attempt that never finished is ended in the ledger first, so that a
 * process that was only slow cannot finish it later.
 */
export function createRecoveringStore(options: RecoveringStoreOptions): RecoveringStore {
  const { store, ledger } = options
  /** The calls of this process, by channel. */
  const ours = new Map<Hex, number>()
  /** Calls of this process whose end only the ledger knows. */
  const abandoned = new Map<Hex, number>()

  function isDead({ channelId, running }: ChannelRecord): boolean {
    if (running === undefined || ours.get(channelId) === running.attempt) return false
    return options.isExclusive || abandoned.get(channelId) === running.attempt || running.leaseUntil <= options.now()
  }

  async function chargeOf(paymentHash: Hex): Promise<ChannelCharge | undefined> {
    let payment = await ledger.lookup(paymentHash)
    if (payment?.state === 'reserved') {
      try {
        await ledger.release({ paymentHash, attempt: payment.attempt, reason: 'its process is gone' })
      } catch (error) {
        if (!(error instanceof LedgerError) || error.code !== 'FENCED') throw error
      }
      payment = await ledger.lookup(paymentHash)
    }
    const charged = payment?.receipt?.charged ?? 0n
    if (payment?.state !== 'finished' || charged === 0n) return undefined
    const { requestHash } = payment
    return { paymentHash, requestHash, charged, payload: parsePaymentPayload(JSON.parse(payment.payload)) }
  }

  async function recover(dead: ChannelRecord): Promise<ChannelRecord | undefined> {
    const { channelId } = dead
    const name = dead.running?.paymentHash
    const charge = name === undefined ? undefined : await chargeOf(name)
    const found = await store.update(channelId, (current) => {
      if (current === undefined || current.running?.attempt !== dead.running?.attempt) return 'keep'
      const charged = charge === undefined ? undefined : withCharge(current, charge)
      return charged ?? { ...current, running: undefined, syncedAt: 0n }
    })
    abandoned.delete(channelId)
    return found
  }

  return {
    abandon: (channelId) => {
      const attempt = ours.get(channelId)
      ours.delete(channelId)
      if (attempt !== undefined) abandoned.set(channelId, attempt)
    },
    listUnclaimed: () => store.listUnclaimed(),
    read: async (channelId) => {
      const record = await store.read(channelId)
      return record !== undefined && isDead(record) ? recover(record) : record
    },
    async update(channelId, change) {
      for (;;) {
        let dead: ChannelRecord | undefined
        let next: ChannelRecord | undefined
        let before: number | undefined
        const result = await store.update(channelId, (current) => {
          dead = current !== undefined && isDead(current) ? current : undefined
          if (dead !== undefined) return 'keep'
          before = current?.running?.attempt
          const changed = change(current)
          next = changed === 'keep' ? current : changed
          return changed
        })
        if (dead === undefined) {
          const after = next?.running?.attempt
          if (after === undefined) ours.delete(channelId)
          else if (after !== before) ours.set(channelId, after)
          return result
        }
        await recover(dead)
      }
    },
  }
}

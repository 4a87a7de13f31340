import { type Ledger, LedgerError } from '@og/ledger'
import { parsePaymentPayload } from '@og/x402'
import type { ChannelChange, ChannelRecord, ChannelStore, RunningChannelCall } from '@og/x402/channel'
import type { Hex } from 'viem'
import { type ChannelCharge, withCharge } from './channel-charge.js'

/** A store of channels that finds out what became of calls whose process is gone, before anybody counts on. */
export interface RecoveringStore extends ChannelStore {
  /** Says that this process no longer knows how its call on a channel ended: the ledger does. */
  readonly abandon: (channelId: Hex) => void
  /**
   * Whether a channel is still its call's of this process. Ask after the call's payment is reserved: a process that takes the channel over
   * later finds that reservation, and ends it.
   */
  readonly isHeld: (channelId: Hex) => Promise<boolean>
}

/** Options of {@link createRecoveringStore}. */
export interface RecoveringStoreOptions {
  readonly store: ChannelStore
  readonly ledger: Pick<Ledger, 'lookup' | 'release'>
  /** Nobody else uses the store: a call that this process did not begin is dead. */
  readonly isExclusive: boolean
  readonly now: () => bigint
}

/** How long whoever takes a call over has the channel to itself. */
const takeoverSeconds = 60n
/** A lease that ends this soon is looked up: clocks of two machines differ. */
const certainSeconds = 20n

/**
 * A call is charged when the ledger has its receipt; the channel's own count follows in a second commit. Whoever finds a call that was left
 * between the two brings the count up to what the receipts say. It takes the channel first, and ends an attempt that never finished in the
 * ledger: so a process that was only slow, or frozen, cannot begin, finish or count that call later.
 */
export function createRecoveringStore(options: RecoveringStoreOptions): RecoveringStore {
  const { store, ledger, now } = options
  /** The calls of this process, by channel; known before they are written, so that nobody here takes a call for dead that has just begun. */
  const ours = new Map<Hex, RunningChannelCall>()
  /** Calls of this process whose end only the ledger knows. */
  const abandoned = new Map<Hex, number>()
  const recovering = new Map<Hex, Promise<void>>()

  function isDead({ channelId, running }: ChannelRecord): boolean {
    if (running === undefined || ours.get(channelId)?.attempt === running.attempt) return false
    return options.isExclusive || abandoned.get(channelId) === running.attempt || running.leaseUntil <= now()
  }

  function abandon(channelId: Hex): void {
    const call = ours.get(channelId)
    ours.delete(channelId)
    if (call !== undefined) abandoned.set(channelId, call.attempt)
  }

  /** Writes, and remembers which calls are of this process. */
  async function write(channelId: Hex, change: ChannelChange): Promise<ChannelRecord | undefined> {
    const before = ours.get(channelId)
    let begun: RunningChannelCall | undefined
    let ended: number | undefined
    let after: RunningChannelCall | undefined
    const takeBack = (): void => {
      if (begun === undefined || ours.get(channelId) !== begun) return
      if (before === undefined) ours.delete(channelId)
      else ours.set(channelId, before)
    }
    try {
      const result = await store.update(channelId, (current) => {
        takeBack()
        const next = change(current)
        after = next === 'keep' ? undefined : next?.running
        ended = next === 'keep' || after !== undefined ? undefined : current?.running?.attempt
        begun = after?.attempt === current?.running?.attempt ? undefined : after
        if (begun !== undefined) ours.set(channelId, begun)
        return next
      })
      if (begun !== undefined) abandoned.delete(channelId)
      const held = ours.get(channelId)?.attempt
      if (held !== undefined && held === ended) ours.delete(channelId)
      if (after !== undefined && held === after.attempt) ours.set(channelId, after)
      return result
    } catch (error) {
      // It may be written all the same: then nobody ends it, and it is dead when its lease is over.
      takeBack()
      throw error
    }
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

  /** Takes a dead call's place. From here on its process, if there is one, holds nothing. */
  async function takeOver({ channelId, running }: ChannelRecord): Promise<RunningChannelCall | undefined> {
    let taken: RunningChannelCall | undefined
    await write(channelId, (current) => {
      taken = undefined
      if (current?.running === undefined || current.running.attempt !== running?.attempt) return 'keep'
      const attempt = current.attempts + 1
      taken = { ...current.running, attempt, leaseUntil: now() + takeoverSeconds }
      return { ...current, attempts: attempt, running: taken }
    })
    return taken
  }

  async function recover(dead: ChannelRecord): Promise<void> {
    const { channelId } = dead
    const taken = await takeOver(dead)
    if (taken === undefined) return
    try {
      const charge = taken.paymentHash === undefined ? undefined : await chargeOf(taken.paymentHash)
      await write(channelId, (current) => {
        if (current === undefined || current.running?.attempt !== taken.attempt) return 'keep'
        const charged = charge === undefined ? undefined : withCharge(current, charge)
        return charged ?? { ...current, running: undefined, syncedAt: 0n }
      })
    } catch (error) {
      abandon(channelId)
      throw error
    }
  }

  function recoverOnce(dead: ChannelRecord): Promise<void> {
    const { channelId } = dead
    const begun = recover(dead).finally(() => recovering.delete(channelId))
    recovering.set(channelId, begun)
    return begun
  }

  return {
    abandon,
    listUnclaimed: () => store.listUnclaimed(),
    isHeld: async (channelId) => {
      const call = ours.get(channelId)
      if (call === undefined) return false
      if (options.isExclusive || call.leaseUntil - certainSeconds > now()) return true
      return (await store.read(channelId))?.running?.attempt === call.attempt
    },
    async read(channelId) {
      for (;;) {
        const record = await store.read(channelId)
        const running = recovering.get(channelId)
        if (running !== undefined) await running
        else if (record !== undefined && isDead(record)) await recoverOnce(record)
        else return record
      }
    },
    async update(channelId, change) {
      for (;;) {
        await recovering.get(channelId)
        let dead: ChannelRecord | undefined
        const result = await write(channelId, (current) => {
          dead = current !== undefined && isDead(current) ? current : undefined
          return dead === undefined ? change(current) : 'keep'
        })
        if (dead === undefined) return result
        await (recovering.get(channelId) ?? recoverOnce(dead))
      }
    },
  }
}

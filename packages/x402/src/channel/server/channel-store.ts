import type { Hex } from '../../hex.js'
import type { Network } from '../../protocol/network.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import type { ChannelConfig } from '../shared/channel-config.js'
import type { ChannelState } from '../shared/channel-state.js'

/** A call that a channel was charged for, to answer a repetition of it. */
export interface ChargedChannelCall {
  readonly paymentHash: Hex
  /** The client's name for the call. */
  readonly callId: Hex
  /** Names method, URL and body. */
  readonly requestHash: Hex
  readonly settlement: SettleResponse
}

/** The call that a channel is busy with. */
export interface RunningChannelCall {
  /** Fencing token: only the newest attempt may charge. */
  readonly attempt: number
  /** Unix seconds; after this another process may take over. */
  readonly leaseUntil: bigint
  /** The call's name: who takes over finds out by it what became of the call. Absent for a refund. */
  readonly paymentHash?: Hex
}

/** Everything that a server knows of one channel. All of it is plain data, ready for a table. */
export interface ChannelRecord {
  readonly channelId: Hex
  readonly network: Network
  readonly config: ChannelConfig
  /** What was charged in all, in atomic units. */
  readonly charged: bigint
  /** Ceiling and signature of the newest voucher; never below `charged`. Without them nothing can be claimed. */
  readonly signedMax: bigint
  readonly signature: Hex | undefined
  /** What the chain said at `syncedAt`. */
  readonly state: ChannelState
  /** Unix seconds. */
  readonly syncedAt: bigint
  /** Unix seconds. */
  readonly lastUsedAt: bigint
  /** How many attempts there were. */
  readonly attempts: number
  readonly running: RunningChannelCall | undefined
  /** The newest named calls that were charged, newest first; {@link MAX_RECENT_CALLS} at most. */
  readonly recent: readonly ChargedChannelCall[]
}

/** How many charged calls a record remembers. */
export const MAX_RECENT_CALLS = 8

/** What a change makes of a record: the next one, `undefined` to forget it, `'keep'` to leave it as it is. */
export type ChannelChange = (current: ChannelRecord | undefined) => ChannelRecord | undefined | 'keep'

/**
 * Where a server keeps its channels. Losing a record loses the money that was charged and not claimed, so a real one is
 * durable: `update` returns after the record is safe.
 */
export interface ChannelStore {
  read(channelId: Hex): Promise<ChannelRecord | undefined>
  /**
   * Applies a change in one atomic step over all processes: a transaction, or compare-and-swap. The change has no
   * effects of its own and may be called again. Returns the record as it stands afterwards.
   */
  update(channelId: Hex, change: ChannelChange): Promise<ChannelRecord | undefined>
  /** Channels with charges above what was claimed: what {@link createChannelServer} claims and watches. */
  listUnclaimed(): Promise<readonly ChannelRecord[]>
}

/** What can be claimed of a record. */
export function unclaimedOf(record: ChannelRecord): bigint {
  const owed = record.charged - record.state.totalClaimed
  return owed > 0n && record.signature !== undefined ? owed : 0n
}

/** Options of {@link createMemoryChannelStore}. */
export interface MemoryChannelStoreOptions {
  /** Most channels that are kept; new ones are refused above it. 100 000 when absent. */
  readonly maxChannels?: number
}

/** A channel store in the memory of one process. What is charged and not claimed is lost when the process ends. */
export function createMemoryChannelStore(options: MemoryChannelStoreOptions = {}): ChannelStore {
  const { maxChannels = 100_000 } = options
  const records = new Map<Hex, ChannelRecord>()
  return {
    read: async (channelId) => records.get(channelId),
    async update(channelId, change) {
      const current = records.get(channelId)
      const next = change(current)
      if (next === 'keep') return current
      if (next === undefined) {
        records.delete(channelId)
        return undefined
      }
      if (current === undefined && records.size >= maxChannels) return undefined
      records.set(channelId, next)
      return next
    },
    listUnclaimed: async () => [...records.values()].filter((record) => unclaimedOf(record) > 0n),
  }
}

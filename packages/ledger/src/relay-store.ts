import type { Address, Hex } from './hex.js'

/** One transaction to be sent exactly once. */
export interface RelayJobInput {
  readonly chainId: bigint
  readonly dedupeKey: Hex
  readonly to: Address
  readonly data: Hex
  /** Given: no simulation and no estimate. Absent: simulated first, and a revert costs no nonce. */
  readonly gasLimit?: bigint
  /** Whose work it is: payments, records and each log's checkpoints do not wait for each other. Default: `''`. */
  readonly queue?: string
  /**
   * Unix seconds: when it is of no use any more. What runs out first is sent first; without one a job counts as due since it was submitted.
   * What has run out goes last, and only if its simulation says that it still has an effect.
   */
  readonly deadline?: bigint
}

/** `mined` may go back to `bound` in a reorganisation; `final` and `failed` are ends. */
export type RelayJobState = 'queued' | 'bound' | 'mined' | 'final' | 'failed'

/** A stored job. */
export interface RelayJob {
  readonly id: number
  readonly chainId: bigint
  readonly dedupeKey: Hex
  readonly to: Address
  readonly data: Hex
  readonly queue: string
  readonly gasLimit: bigint | null
  readonly deadline: bigint | null
  readonly state: RelayJobState
  readonly signer: Address | null
  readonly nonce: number | null
  readonly transaction: Hex | null
  readonly blockNumber: bigint | null
  /** Times that a simulation, or a group that it was sent in, reverted. Above 0 it is never grouped again. */
  readonly tries: number
  readonly error: string | null
}

/** One signed transaction, durable before it is broadcast. */
export interface SignedAttempt {
  readonly hash: Hex
  readonly raw: Hex
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** A stored attempt; `n` counts replacements of one nonce from 0. */
export interface RelayAttempt extends SignedAttempt {
  readonly n: number
  readonly createdAt: bigint
  readonly lastSentAt: bigint | null
  readonly lastError: string | null
}

/** The nonces of one signer on one chain. */
export interface Lane {
  readonly chainId: bigint
  readonly address: Address
  readonly nextNonce: number
  readonly minedNonce: number
  readonly finalNonce: number
  readonly state: 'ok' | 'quarantined'
  readonly reason: string | null
}

/** A nonce that is not final yet, with everything ever signed for it. */
export interface RelaySlot {
  readonly nonce: number
  /** The jobs that its one transaction carries, in their order; never empty, and always in one state together. */
  readonly jobs: readonly [RelayJob, ...RelayJob[]]
  /** Oldest first; never empty. */
  readonly attempts: readonly RelayAttempt[]
}

/** Names one lane. */
export interface LaneKey {
  readonly chainId: bigint
  readonly address: Address
}

/** What the relayer remembers: jobs, lanes and every byte it ever signed. */
export interface RelayStore {
  /** Queues a job; the same key and content is the same job. @throws LedgerError `DUPLICATE` on other content */
  submitJob(input: RelayJobInput): Promise<number>
  job(id: number): Promise<RelayJob | null>
  /** Due jobs of one queue (default: `''`), earliest deadline first, what has run out last. Nothing is locked: {@link RelayStore.allocate} decides. */
  dueJobs(input: {
    readonly chainId: bigint
    readonly queue?: string
    readonly limit: number
  }): Promise<readonly RelayJob[]>
  /** After a refused simulation: later again (`retryAt`), or failed without a nonce. No effect unless queued. */
  deferJob(id: number, failure: { readonly error: string; readonly retryAt: bigint | null }): Promise<void>
  /** Reads the lane, making it with `chainNonce` as first nonce if it is new. */
  openLane(input: LaneKey & { readonly chainNonce: number }): Promise<Lane>
  /**
   * Stores the signed bytes, binds the jobs that they carry and takes the nonce in one commit, if the lane is still at
   * `nonce` and every job still queued; `false` (and nothing written) otherwise: the bytes must then be thrown away, never sent.
   */
  allocate(
    input: LaneKey & { readonly nonce: number; readonly jobIds: readonly number[]; readonly attempt: SignedAttempt },
  ): Promise<boolean>
  /** Stores a replacement as number `n`; `false` if another worker stored one, or the nonce is final. */
  addAttempt(
    input: LaneKey & { readonly nonce: number; readonly n: number; readonly attempt: SignedAttempt },
  ): Promise<boolean>
  /** Slots from the lane's final nonce upward. */
  slots(input: LaneKey): Promise<readonly RelaySlot[]>
  /** Notes that bytes were handed to a node, and what it said. */
  markSent(input: { readonly hash: Hex; readonly error: string | null }): Promise<void>
  /** Notes what the chain shows now; `seen: null` takes a mined transaction back (reorganisation). */
  observe(
    input: LaneKey & {
      readonly minedNonce: number
      readonly slots: readonly {
        readonly nonce: number
        readonly seen: { readonly hash: Hex; readonly blockNumber: bigint } | null
      }[]
    },
  ): Promise<void>
  /**
   * Ends the lowest open nonce; `false` if another worker did. A group that reverted had no effect: its jobs are queued
   * again, each to be sent alone.
   */
  finalize(
    input: LaneKey & {
      readonly nonce: number
      readonly hash: Hex
      readonly blockNumber: bigint
      readonly status: 'success' | 'reverted'
    },
  ): Promise<boolean>
  /** Stops a lane whose key was used by somebody else. */
  quarantineLane(input: LaneKey & { readonly reason: string }): Promise<void>
  /**
   * Takes the lowest open nonce of a lane as spent by somebody else for good, and queues its job again; `false` if it is
   * not the lowest open one. Only right when the chain's nonce is final and none of the slot's hashes has a receipt.
   */
  displace(input: LaneKey & { readonly nonce: number }): Promise<boolean>
  /**
   * Reopens a quarantined lane at `nextNonce` or above, on an operator's word.
   * @throws LedgerError `NOT_FOUND`, `FENCED` if the lane is not quarantined
   */
  resumeLane(input: LaneKey & { readonly nextNonce: number }): Promise<void>
}

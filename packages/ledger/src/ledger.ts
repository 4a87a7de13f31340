/**
 * The port: every operation is one durable transaction, so no transaction object leaks out and any engine that passes
 * `test/conformance` can stand behind it. All methods are asynchronous although SQLite is not, for engines that are.
 */

import type { Address, Hex } from './hex.js'
import type { RelayStore } from './relay-store.js'

export type { Address, Hex } from './hex.js'

/** How the inference runs. */
export type InferenceMode = 'VANILLA' | 'TEE'
/** How the inference is recorded on the record chain. */
export type SettlementMode = 'SETTLE' | 'SETTLE_METADATA' | 'SETTLE_BATCH'

/** The 32-byte salts of one attempt; durable before any work starts. */
export interface Salts {
  readonly request: Hex
  readonly response: Hex
  readonly upstreamRequest: Hex
  readonly terms: Hex
}

/** A locally verified payment that asks to run one handler. Amounts are atomic units, times unix seconds. */
export interface ReserveInput {
  readonly chainId: bigint
  /** The contract that burns the nonce: the token for EIP-3009, Permit2 for Permit2. */
  readonly nonceContract: Address
  readonly payer: Address
  readonly nonce: Hex
  readonly paymentHash: Hex
  readonly requestHash: Hex
  readonly scheme: string
  readonly network: string
  readonly asset: Address
  readonly payTo: Address
  readonly authorized: bigint
  readonly validBefore: bigint
  readonly leaseSeconds: bigint
  readonly mode: InferenceMode
  readonly settlement: SettlementMode
  readonly salts: Salts
  /** JSON that is needed to settle later; opaque here. */
  readonly payload: string
  /**
   * The payment names no request (a channel's voucher): once its newest attempt has ended uncharged, it may serve another
   * one. Absent: it stays with its first request.
   */
  readonly rebinds?: boolean
  /** Most that may be outstanding of this payer and asset, this payment included. Absent: unlimited. */
  readonly exposureLimit?: bigint
  /**
   * What {@link PaymentStore.paid} said before the limit was read. What has been paid since counts like what is outstanding, so that a limit
   * from before a transfer, read by whatever process, does not cover the same money twice. Absent: the limit is of this moment.
   */
  readonly paidBefore?: bigint
}

/** What {@link Ledger.reserve} decides. Only `granted` may start work. */
export type ReserveResult =
  | { readonly kind: 'granted'; readonly attempt: number; readonly salts: Salts; readonly leaseUntil: bigint }
  | { readonly kind: 'running'; readonly attempt: number; readonly leaseUntil: bigint }
  | { readonly kind: 'finished'; readonly record: PaymentRecord }
  | { readonly kind: 'conflict'; readonly reason: 'other_request' | 'other_payment' }
  | { readonly kind: 'exhausted'; readonly outstanding: bigint }

/** 0 complete, 1 length, 2 aborted, 3 failed (charged 0, the payment may run again), 4 refund due. */
export type OutcomeCode = 0 | 1 | 2 | 3 | 4

/** Work for the outside world. `checkpoint` intents come from {@link Ledger.attachCheckpointSignature} only. */
export type IntentKind = 'payment' | 'record' | 'metadata' | 'refund' | 'checkpoint'
/** `failed` is a dead letter: visible, and only {@link Ledger.retryIntent} brings it back. */
export type IntentState = 'queued' | 'claimed' | 'done' | 'failed'

/** An outbox entry written with the result it belongs to. */
export interface IntentInput {
  readonly kind: Exclude<IntentKind, 'checkpoint'>
  /** 32 bytes; a second intent with the same key and content is the same intent. */
  readonly dedupeKey: Hex
  readonly body: string
  /** Earliest deadline is claimed first. Default: `validBefore` for payments, else the time of writing. */
  readonly deadline?: bigint
}

/** A stored outbox entry. */
export interface Intent {
  readonly id: number
  readonly kind: IntentKind
  readonly dedupeKey: Hex
  readonly body: string
  readonly state: IntentState
  readonly paymentHash: Hex | null
  readonly attempt: number | null
  readonly deadline: bigint
  /** Times claimed; the number of the current claim. */
  readonly claim: number
  readonly leaseUntil: bigint | null
  readonly transaction: Hex | null
  readonly blockNumber: bigint | null
  readonly result: string | null
  readonly error: string | null
}

/** Ends an attempt with a receipt. */
export interface FinishInput {
  readonly paymentHash: Hex
  readonly attempt: number
  readonly receiptDigest: Hex
  readonly logId: Hex
  readonly receiptJson: string
  readonly termsJson: string
  readonly signature: Hex
  readonly charged: bigint
  readonly outcome: OutcomeCode
  /** The answer for replay, already encrypted by the caller under a key that no public value yields. */
  readonly answer?: Uint8Array
  readonly intents: readonly IntentInput[]
}

/** A receipt and its place in the log; never erased. */
export interface StoredReceipt {
  readonly digest: Hex
  readonly attempt: number
  readonly logId: Hex
  readonly leafIndex: number
  readonly receiptJson: string
  readonly termsJson: string
  readonly signature: Hex
  readonly salts: Salts
  readonly charged: bigint
  readonly outcome: OutcomeCode
  readonly finishedAt: bigint
}

/** Everything known of one payment. */
export interface PaymentRecord {
  readonly paymentHash: Hex
  readonly chainId: bigint
  readonly nonceContract: Address
  readonly payer: Address
  readonly nonce: Hex
  readonly requestHash: Hex
  readonly scheme: string
  readonly network: string
  readonly asset: Address
  readonly payTo: Address
  readonly authorized: bigint
  readonly validBefore: bigint
  readonly mode: InferenceMode
  readonly settlement: SettlementMode
  readonly payload: string
  readonly state: 'reserved' | 'released' | 'finished'
  /** The fencing number of the newest attempt. */
  readonly attempt: number
  readonly leaseUntil: bigint | null
  /** Salts of the newest attempt. */
  readonly salts: Salts
  /** What {@link Ledger.checkpoint} last stored for a running attempt. */
  readonly progress: string | null
  /** Why the newest attempt was released. */
  readonly reason: string | null
  /** The newest receipt, or the one asked for by digest. */
  readonly receipt: StoredReceipt | null
  /** The stored answer of {@link PaymentRecord.receipt}; `null` once swept. */
  readonly answer: Uint8Array | null
  readonly intents: readonly Intent[]
  /** Of the money: nothing to move, on its way, moved, or given up (served and unpaid). */
  readonly money: 'none' | 'pending' | 'settled' | 'debt'
}

/** How much of a payment is looked up. */
export interface LookupOptions {
  /** Whether its stored answer is read as well, which may be megabytes; without it `answer` is `null`. True unless given. */
  readonly withAnswer?: boolean
}

/** When {@link Ledger.sealBatch} closes a batch; either rule suffices, none given means any new leaf. */
export interface SealPolicy {
  readonly minLeaves?: number
  readonly maxAgeSeconds?: bigint
}

/** A checkpoint over all leaves of a log. `sealed` waits for a signature, `signed` for its anchor. */
export interface CheckpointRecord {
  readonly logId: Hex
  readonly seq: bigint
  readonly size: number
  readonly root: Hex
  readonly sealedAt: bigint
  readonly state: 'sealed' | 'signed' | 'anchored'
  readonly uri: string | null
  readonly signature: Hex | null
  readonly transaction: Hex | null
  readonly blockNumber: bigint | null
}

/** Payments: reserve before work, fence every attempt, finish in one commit. */
export interface PaymentStore {
  /**
   * Reserves a payment for one run. A released, failed-uncharged or lease-expired payment with the same request is
   * granted again with `attempt + 1`.
   * @throws LedgerError `INVALID_INPUT`, `STORE_UNAVAILABLE`
   */
  reserve(input: ReserveInput): Promise<ReserveResult>
  /**
   * Extends the lease of a running attempt and keeps what was delivered so far.
   * @throws LedgerError `FENCED`, `NOT_FOUND`, `INVALID_INPUT`
   */
  checkpoint(input: {
    readonly paymentHash: Hex
    readonly attempt: number
    readonly leaseSeconds: bigint
    readonly progress?: string
  }): Promise<{ readonly leaseUntil: bigint }>
  /**
   * Writes result, receipt, log leaf and intents in one commit; repeated with the same digest it answers the same.
   * @throws LedgerError `FENCED` if the attempt is not current, `OVERCHARGE`, `DUPLICATE`, `NOT_FOUND`, `INVALID_INPUT`
   */
  finish(input: FinishInput): Promise<{ readonly leafIndex: number }>
  /**
   * Gives a running attempt up, uncharged.
   * @throws LedgerError `FENCED`, `NOT_FOUND`
   */
  release(input: { readonly paymentHash: Hex; readonly attempt: number; readonly reason: string }): Promise<void>
  /** Finds a payment by its public name. */
  lookup(paymentHash: Hex, options?: LookupOptions): Promise<PaymentRecord | null>
  /** Finds a payment by the digest of one of its receipts; `receipt` is that one. */
  lookupDigest(digest: Hex, options?: LookupOptions): Promise<PaymentRecord | null>
  /** Sum of a payer's running authorizations and charged, unsettled amounts of one asset. */
  exposure(input: { readonly chainId: bigint; readonly asset: Address; readonly payer: Address }): Promise<bigint>
  /** Sum of what a payer has paid by transactions of one asset, since the beginning: see {@link ReserveInput.paidBefore}. */
  paid(input: { readonly chainId: bigint; readonly asset: Address; readonly payer: Address }): Promise<bigint>
  /** Erases answers older than the ledger's retention and releases expired leases; never receipts or leaves. */
  sweep(now?: bigint): Promise<{ readonly answersErased: number; readonly leasesExpired: number }>
  /**
   * Deletes up to `limit` payments that were given back uncharged and whose `validBefore` is below `expiredBefore`, the earliest first; never one
   * with a receipt, an intent or something outstanding. A deleted payment is unknown: give a time that every clock has certainly passed,
   * after which nobody takes it. Answers how many were deleted; fewer than `limit` says that there are no more.
   * @throws LedgerError `INVALID_INPUT`, `STORE_UNAVAILABLE`
   */
  forgetReleased(input: { readonly expiredBefore: bigint; readonly limit: number }): Promise<number>
}

/** The append-only log and its checkpoints. */
export interface LogStore {
  /** Number of leaves. */
  logSize(logId: Hex): Promise<number>
  /** Leaf values (receipt digests) of `from <= index < to`, clamped to the log. */
  leaves(logId: Hex, from: number, to: number): Promise<readonly Hex[]>
  /**
   * Seals the next checkpoint over all leaves so far, its root recomputed from the stored leaves. A sealed checkpoint
   * that still lacks its signature is returned again; while one is signed but not anchored the answer is `null`.
   * @throws LedgerError `LOG_CORRUPT` if stored leaves contradict the receipts or an earlier checkpoint
   */
  sealBatch(logId: Hex, policy?: SealPolicy): Promise<CheckpointRecord | null>
  /**
   * Stores the signature and queues the `checkpoint` intent in one commit.
   * @throws LedgerError `NOT_FOUND`, `DUPLICATE` if it was signed differently before
   */
  attachCheckpointSignature(input: {
    readonly logId: Hex
    readonly seq: bigint
    readonly uri: string
    readonly signature: Hex
    readonly intent: { readonly dedupeKey: Hex; readonly body: string }
  }): Promise<void>
  /** @throws LedgerError `NOT_FOUND`, `DUPLICATE` if anchored elsewhere before */
  markCheckpointAnchored(input: {
    readonly logId: Hex
    readonly seq: bigint
    readonly transaction: Hex
    readonly blockNumber: bigint
  }): Promise<void>
  /** Checkpoints of a log, oldest first: all of them, or so many of the newest. */
  checkpoints(logId: Hex, options?: { readonly newest?: number }): Promise<readonly CheckpointRecord[]>
}

/** What a worker takes up. */
export interface ClaimInput {
  /** Any kind when absent. */
  readonly kind?: IntentKind
  readonly limit: number
  readonly leaseSeconds: bigint
  /** Payers whose intents are left where they are, so that one payer's many do not stand in the way of the others'. */
  readonly exceptPayers?: readonly Address[]
}

/** The outbox. */
export interface IntentStore {
  /** Leases due intents, earliest deadline first; an expired lease may be claimed again. */
  claimIntents(input: ClaimInput): Promise<readonly Intent[]>
  /**
   * Prolongs leases, each to `leaseSeconds` from now. A short lease that its worker prolongs while it works frees what a dead worker held.
   * @returns the ids that are still held; what is missing is done, was put back, or was claimed by another worker
   */
  renewIntents(input: {
    readonly held: readonly { readonly id: number; readonly claim: number }[]
    readonly leaseSeconds: bigint
  }): Promise<readonly number[]>
  /** Marks the effect as done; a completed intent stays as it was first completed. @throws LedgerError `NOT_FOUND` */
  completeIntent(
    id: number,
    outcome: { readonly transaction?: Hex; readonly blockNumber?: bigint; readonly result: string },
  ): Promise<void>
  /**
   * Puts a claimed intent back until `retryAt`, or makes it a dead letter.
   * @throws LedgerError `FENCED` if it is done, or if `claim` is given and another worker has claimed it since
   */
  failIntent(
    id: number,
    failure:
      | { readonly error: string; readonly retryAt: bigint; readonly claim?: number }
      | { readonly error: string; readonly final: true; readonly claim?: number },
  ): Promise<void>
  /** Queues a dead letter again. @throws LedgerError `NOT_FOUND`, `FENCED` if it is not one */
  retryIntent(id: number): Promise<void>
  /** Intents in one state, oldest first. */
  intents(input: {
    readonly state: IntentState
    readonly kind?: IntentKind
    readonly limit: number
  }): Promise<readonly Intent[]>
}

/** The durable state of money and records. */
export interface Ledger extends PaymentStore, LogStore, IntentStore, RelayStore {
  /** Waits for running commits and lets the file go. */
  close(): Promise<void>
}

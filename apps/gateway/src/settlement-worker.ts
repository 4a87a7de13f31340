import type { CheckpointRecord, Intent, Ledger, Relayer } from '@og/ledger'
import { type Checkpoint, type Hex, hashCheckpoint, parseReceipt, parseTerms } from '@og/settlement'
import {
  checkpointCalldata,
  decodeRecordEvents,
  settleCalldata,
  settleWithMetadataCalldata,
} from '@og/settlement/contracts'
import type { Facilitator } from '@og/x402/facilitator'
import { stringToBytes } from 'viem'
import { z } from 'zod'
import type { ChannelTill } from './channels/channel-till.js'
import type { Debtors } from './debtors.js'
import { errorText } from './error-text.js'
import { createLeaseKeeper } from './lease-keeper.js'
import type { Log } from './log.js'
import type { LogMirror } from './log-mirror.js'
import type { NodeIdentity } from './node-identity.js'
import { createPayerShares } from './payer-shares.js'
import { createPaymentSettler } from './settle-payment.js'
import { FinalFailure, isBusy } from './settlement-failure.js'

/** What a worker needs from the world. */
export interface SettlementWorkerOptions {
  readonly ledger: Ledger
  readonly relayer: Relayer
  readonly facilitator: Facilitator
  /** Payment channels; absent where the node offers none. */
  readonly channels: Pick<ChannelTill, 'book'> | undefined
  readonly identity: NodeIdentity
  readonly mirror: LogMirror
  readonly debtors: Pick<Debtors, 'add'>
  readonly now: () => bigint
  readonly log: Log
  readonly checkpointMaxAgeSeconds: bigint
  /** Whether the registry on chain knows a node; records of an unknown one would be skipped. */
  readonly isRegistered: (nodeId: Hex) => Promise<boolean>
  /** Ends waiting; what is not finished is taken up again after the next start. */
  readonly signal: AbortSignal
  /** Called when a step has ended, for now or for good. */
  readonly onStep: (kind: Intent['kind'], result: 'done' | 'retried' | 'failed') => void
}

/** Works off what `finish` wrote: moves payments, writes records, seals and anchors the log. Everything that it does may be repeated. */
export interface SettlementWorker {
  /** One round; returns the number of intents that were taken up. */
  readonly tick: () => Promise<number>
  /** Waits for what is under way. */
  readonly settled: () => Promise<void>
}

/** What a dead worker held is free after this long; a live one prolongs it. */
const leaseSeconds = 20n
const renewIntervalMs = 5000
/** Most steps of a kind at once. A payment waits for the facilitator, that is for its share of a block, and costs nothing meanwhile. */
const maxInFlight = { payment: 256, record: 64, metadata: 64, checkpoint: 4 } as const
const relayPollMs = 100
/**
 * Most payments of one payer that are taken up together, and above which no more are. So no more than twice as many are ever under way, and
 * a facilitator with the usual 64 places for each payer refuses none.
 */
const payerShare = 32
/** How long nothing more is asked for a payer of whom the facilitator has had too many. */
const payerPauseMs = 1000
/** Tries before a record or a checkpoint is given up. */
const maxTries = 20
/** A payment is never given up for its tries: it is asked for until it has run out, and then for this long, because it may have moved unseen. */
const lateSeconds = 86_400n
/** Longest pause between two tries: of a payment that can still move but not for long, and of everything else. */
const hurriedDelaySeconds = 8
const maxDelaySeconds = 300
/** What runs out later is in no hurry: payers may sign for years. */
const hurrySeconds = 3600n

const recordBody = z.strictObject({ receipt: z.unknown(), signature: z.string() })
const metadataBody = recordBody.extend({
  terms: z.unknown(),
  salts: z.strictObject({ request: z.string(), response: z.string() }),
  request: z.string(),
  response: z.string(),
})
const checkpointBody = z.strictObject({
  seq: z.string().regex(/^[0-9]{1,20}$/),
  nodeId: z.string().regex(/^0x[0-9a-f]{64}$/),
})

/** Creates the worker of one gateway process. */
export function createSettlementWorker(options: SettlementWorkerOptions): SettlementWorker {
  const { ledger, relayer, identity } = options
  const { logId } = identity.manifest
  const inFlight = new Set<Promise<void>>()
  const leases = createLeaseKeeper({ ledger, leaseSeconds, intervalMs: renewIntervalMs, log: options.log })
  const counts = { payment: 0, record: 0, metadata: 0, checkpoint: 0 }
  const shares = createPayerShares({ share: payerShare, pauseMs: payerPauseMs, clock: () => performance.now() })
  const settlePayment = createPaymentSettler({ ...options, shares })

  /** Sends one transaction through the relayer, waits until it is final, and reads what the contract said of it. */
  async function relay(intent: Intent, data: Hex) {
    const call = { dedupeKey: intent.dedupeKey, to: identity.domain.verifyingContract, data }
    const waiting = { pollMs: relayPollMs, signal: options.signal }
    const { status, transaction, blockNumber, error } = await relayer.wait(await relayer.submit(call), waiting)
    if (status !== 'success' || transaction === null || blockNumber === null) {
      throw new FinalFailure(error ?? 'the record was refused on chain')
    }
    const { logs } = await relayer.execute(call, waiting)
    const chainLogs = logs.map((log) => ({ ...log, blockNumber, transactionHash: transaction, logIndex: null }))
    return { transaction, blockNumber, events: decodeRecordEvents(chainLogs, { contract: call.to }) }
  }

  /** Records one receipt; a transaction that went through but skipped it is a refusal. */
  async function record(intent: Intent, { nodeId, data }: { readonly nodeId: Hex; readonly data: Hex }): Promise<void> {
    await requireRegistered(nodeId)
    const { transaction, blockNumber, events } = await relay(intent, data)
    // Other records may have travelled in the same transaction.
    for (const event of events) {
      if (event.type !== 'skipped' || event.digest !== intent.dedupeKey) continue
      throw new FinalFailure(`the contract skipped the record: ${event.reason}`)
    }
    await ledger.completeIntent(intent.id, { transaction, blockNumber, result: '{}' })
  }

  async function requireRegistered(nodeId: Hex): Promise<void> {
    if (!(await options.isRegistered(nodeId))) throw new Error('the node is not registered on chain yet')
  }

  async function settleRecord(intent: Intent): Promise<void> {
    const body = recordBody.parse(JSON.parse(intent.body))
    const receipt = parseReceipt(body.receipt)
    await record(intent, {
      nodeId: receipt.nodeId,
      data: settleCalldata([{ receipt, signature: body.signature as Hex }]),
    })
  }

  async function settleMetadata(intent: Intent): Promise<void> {
    const body = metadataBody.parse(JSON.parse(intent.body))
    const receipt = parseReceipt(body.receipt)
    const data = settleWithMetadataCalldata({
      receipt,
      terms: parseTerms(body.terms),
      salts: { request: body.salts.request as Hex, response: body.salts.response as Hex },
      request: stringToBytes(body.request),
      response: stringToBytes(body.response),
      signature: body.signature as Hex,
    })
    await record(intent, { nodeId: receipt.nodeId, data })
  }

  async function anchorCheckpoint(intent: Intent): Promise<void> {
    const body = checkpointBody.parse(JSON.parse(intent.body))
    const seq = BigInt(body.seq)
    const nodeId = body.nodeId as Hex
    await requireRegistered(nodeId)
    const all = await ledger.checkpoints(logId)
    const sealed = all.find((candidate) => candidate.seq === seq)
    if (sealed?.signature == null) throw new Error('the checkpoint is not signed')
    const previous = all.find((candidate) => candidate.seq === seq - 1n)
    const proof = previous === undefined ? [] : await consistencyProof(previous.size, sealed.size)
    const head = { checkpoint: checkpointOf(sealed), nodeId, signature: sealed.signature, consistencyProof: proof }
    const { transaction, blockNumber } = await relay(intent, checkpointCalldata(head))
    await ledger.markCheckpointAnchored({ logId, seq, transaction, blockNumber })
    await ledger.completeIntent(intent.id, { transaction, blockNumber, result: '{}' })
  }

  async function consistencyProof(first: number, second: number): Promise<readonly Hex[]> {
    return (await options.mirror.upTo(second)).consistencyProof(first, second)
  }

  /** Seals the next checkpoint when its time has come; the signature and the intent to anchor it are one commit. */
  async function sealCheckpoint(): Promise<void> {
    // What an unknown node signs cannot be anchored, and would stand in the way of what others sign.
    if (!(await options.isRegistered(identity.nodeId).catch(() => false))) return
    const sealed = await ledger.sealBatch(logId, { maxAgeSeconds: options.checkpointMaxAgeSeconds })
    if (sealed === null) return
    const checkpoint = checkpointOf(sealed)
    const digest = hashCheckpoint(checkpoint, identity.domain)
    await ledger.attachCheckpointSignature({
      logId,
      seq: sealed.seq,
      uri: checkpoint.uri,
      signature: identity.sign(digest),
      intent: { dedupeKey: digest, body: JSON.stringify({ seq: sealed.seq.toString(), nodeId: identity.nodeId }) },
    })
  }

  function checkpointOf(sealed: CheckpointRecord): Checkpoint {
    const uri = sealed.uri ?? `${identity.manifest.endpoint}/v1/log`
    return { logId, seq: sealed.seq, size: BigInt(sealed.size), root: sealed.root, uri }
  }

  const handlers = {
    payment: settlePayment,
    record: settleRecord,
    metadata: settleMetadata,
    checkpoint: anchorCheckpoint,
  } as const

  async function work(intent: Intent, handler: (intent: Intent) => Promise<void>): Promise<void> {
    try {
      await handler(intent)
      options.onStep(intent.kind, 'done')
    } catch (error) {
      const text = errorText(error)
      const retryAt = retryAtOf(intent, error)
      if (retryAt === undefined || !(isBusy(error) || options.signal.aborted)) {
        options.log.warn('settlement step failed', {
          kind: intent.kind,
          intent: intent.id,
          tries: intent.claim,
          error: text,
        })
      }
      options.onStep(intent.kind, retryAt === undefined ? 'failed' : 'retried')
      await putBack(intent, retryAt === undefined ? { error: text, final: true } : { error: text, retryAt })
    }
  }

  /** When a step that failed is tried again; `undefined` when it is given up. */
  function retryAtOf(intent: Intent, error: unknown): bigint | undefined {
    const now = options.now()
    if (error instanceof FinalFailure) return undefined
    // Whoever comes next goes on at once.
    if (options.signal.aborted) return now
    if (isBusy(error)) return now + 1n
    const isPayment = intent.kind === 'payment'
    if (isPayment ? now >= intent.deadline + lateSeconds : intent.claim >= maxTries) return undefined
    const isHurried = isPayment && now < intent.deadline && intent.deadline - now < hurrySeconds
    const most = isHurried ? hurriedDelaySeconds : maxDelaySeconds
    return now + BigInt(Math.min(2 ** Math.min(intent.claim, 10), most))
  }

  /** What cannot be put back now is free when its lease runs out; what another worker has taken up meanwhile is its own. */
  async function putBack(
    intent: Intent,
    failure: { readonly error: string } & ({ readonly final: true } | { readonly retryAt: bigint }),
  ): Promise<void> {
    await ledger.failIntent(intent.id, { ...failure, claim: intent.claim }).catch((error: unknown) => {
      const text = errorText(error)
      options.log.warn('a settlement step could not be put back', { intent: intent.id, error: text })
    })
  }

  /** Takes up what is due of one kind, what runs out first before the rest; returns how much that is. */
  async function takeUp(kind: keyof typeof handlers): Promise<number> {
    let taken = 0
    for (;;) {
      const room = maxInFlight[kind] - counts[kind]
      if (room <= 0) return taken
      const isPayment = kind === 'payment'
      const limit = isPayment ? Math.min(room, payerShare) : room
      const exceptPayers = isPayment ? shares.full() : []
      const intents = await ledger.claimIntents({ kind, limit, leaseSeconds, exceptPayers })
      for (const intent of intents) begin(intent, kind)
      taken += intents.length
      if (intents.length < limit) return taken
    }
  }

  function begin(intent: Intent, kind: keyof typeof handlers): void {
    counts[kind] += 1
    leases.hold(intent)
    const step = work(intent, handlers[kind]).finally(() => {
      counts[kind] -= 1
      leases.letGo(intent)
      inFlight.delete(step)
    })
    inFlight.add(step)
  }

  return {
    tick: async () => {
      // At once, so that they share a commit. What is sealed now is claimed in the next round.
      const [, ...taken] = await Promise.all([
        sealCheckpoint(),
        takeUp('payment'),
        takeUp('record'),
        takeUp('metadata'),
        takeUp('checkpoint'),
      ])
      return taken.reduce((sum, count) => sum + count, 0)
    },
    settled: async () => {
      await Promise.allSettled(inFlight)
    },
  }
}

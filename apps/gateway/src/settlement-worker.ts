import type { CheckpointRecord, Intent, Ledger, Relayer } from '@og/ledger'
import { type Checkpoint, type Hex, hashCheckpoint, parseReceipt, parseTerms } from '@og/settlement'
import {
  checkpointCalldata,
  decodeRecordEvents,
  settleCalldata,
  settleWithMetadataCalldata,
} from '@og/settlement/contracts'
import { type PaymentPayload, parsePaymentPayload } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import type { Facilitator } from '@og/x402/facilitator'
import { type Address, stringToBytes } from 'viem'
import { z } from 'zod'
import type { ChannelTill } from './channels/channel-till.js'
import { createLeaseKeeper } from './lease-keeper.js'
import type { Log } from './log.js'
import type { LogMirror } from './log-mirror.js'
import type { NodeIdentity } from './node-identity.js'

/** What a worker needs from the world. */
export interface SettlementWorkerOptions {
  readonly ledger: Ledger
  readonly relayer: Relayer
  readonly facilitator: Facilitator
  /** Payment channels; absent where the node offers none. */
  readonly channels: Pick<ChannelTill, 'book'> | undefined
  readonly identity: NodeIdentity
  readonly mirror: LogMirror
  readonly now: () => bigint
  readonly log: Log
  readonly checkpointMaxAgeSeconds: bigint
  /** Whether the registry on chain knows a node; records of an unknown one would be skipped. */
  readonly isRegistered: (nodeId: Hex) => Promise<boolean>
  /** Ends waiting; what is not finished is taken up again after the next start. */
  readonly signal: AbortSignal
  /** Called when a payment has moved, so that it is taken from what is known of the payer's funds. */
  readonly onPaymentSettled: (payment: { readonly payer: Address; readonly amount: bigint }) => void
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
/** Tries before a step is given up, and the longest pause between two. A signed payment runs out within minutes: it is tried until then. */
const patience = {
  payment: { maxTries: 120, maxDelaySeconds: 8 },
  other: { maxTries: 20, maxDelaySeconds: 300 },
} as const

const paymentBody = z.strictObject({ payload: z.unknown(), charged: z.string().regex(/^[0-9]{1,78}$/) })
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

  async function settlePayment(intent: Intent): Promise<void> {
    const { payload: json, charged } = paymentBody.parse(JSON.parse(intent.body))
    const payload = parsePaymentPayload(json)
    if (payload.accepted.scheme === CHANNEL_SCHEME) {
      await bookOnChannel(intent, { payload, charged: BigInt(charged) })
      return
    }
    const answer = await options.facilitator.settle(payload, { ...payload.accepted, amount: charged })
    if (answer.success) {
      // Before the ledger stops counting the payment as owed: else a balance from before the transfer would cover it twice.
      const payer =
        answer.payer ?? (intent.paymentHash === null ? null : await ledger.lookup(intent.paymentHash))?.payer
      if (payer !== undefined) options.onPaymentSettled({ payer: payer as Address, amount: BigInt(charged) })
      const result = JSON.stringify({ amount: charged })
      await ledger.completeIntent(intent.id, { transaction: answer.transaction as Hex, result })
      return
    }
    const reason = answer.errorReason ?? 'unexpected_settle_error'
    if (reason === 'settlement_pending' || reason === 'unexpected_settle_error') throw new Error(reason)
    // The facilitator's word is final: the answer was served and the money is not there. It stays visible as a debt.
    options.log.warn('payment refused at settlement', { paymentHash: intent.paymentHash, reason })
    await ledger.failIntent(intent.id, { error: reason, final: true })
  }

  /** Sees that a channel counts what a receipt charges. The money lies in the channel already; claims take it from there. */
  async function bookOnChannel(
    intent: Intent,
    { payload, charged }: { readonly payload: PaymentPayload; readonly charged: bigint },
  ): Promise<void> {
    const payment = intent.paymentHash === null ? null : await ledger.lookup(intent.paymentHash)
    if (payment === null || options.channels === undefined) throw new Error('no channels are configured')
    const { paymentHash, requestHash } = payment
    const result = await options.channels.book({ paymentHash, requestHash, charged, payload })
    if (result === 'running') throw new Error('the call still ends')
    if (result === 'lost') throw new FinalFailure('another call was counted in its place')
    await ledger.completeIntent(intent.id, { result: JSON.stringify({ amount: charged.toString(), channel: true }) })
  }

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
      const text = error instanceof Error ? error.message.slice(0, 200) : 'unknown failure'
      options.log.warn('settlement step failed', {
        kind: intent.kind,
        intent: intent.id,
        tries: intent.claim,
        error: text,
      })
      const { maxTries, maxDelaySeconds } = intent.kind === 'payment' ? patience.payment : patience.other
      const final = error instanceof FinalFailure || intent.claim >= maxTries
      options.onStep(intent.kind, final ? 'failed' : 'retried')
      const delay = BigInt(Math.min(2 ** Math.min(intent.claim, 8), maxDelaySeconds))
      await putBack(intent, final ? { error: text, final: true } : { error: text, retryAt: options.now() + delay })
    }
  }

  /** What cannot be put back now is free when its lease runs out; what another worker has taken up meanwhile is its own. */
  async function putBack(
    intent: Intent,
    failure: { readonly error: string } & ({ readonly final: true } | { readonly retryAt: bigint }),
  ): Promise<void> {
    await ledger.failIntent(intent.id, { ...failure, claim: intent.claim }).catch((error: unknown) => {
      const text = error instanceof Error ? error.message.slice(0, 200) : 'unknown failure'
      options.log.warn('a settlement step could not be put back', { intent: intent.id, error: text })
    })
  }

  /** Takes up what is due of one kind; returns how much that is. */
  async function takeUp(kind: keyof typeof handlers): Promise<number> {
    const limit = maxInFlight[kind] - counts[kind]
    if (limit <= 0) return 0
    const intents = await ledger.claimIntents({ kind, limit, leaseSeconds })
    for (const intent of intents) {
      counts[kind] += 1
      leases.hold(intent)
      const step = work(intent, handlers[kind]).finally(() => {
        counts[kind] -= 1
        leases.letGo(intent)
        inFlight.delete(step)
      })
      inFlight.add(step)
    }
    return intents.length
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

/** A refusal that a retry cannot change. */
class FinalFailure extends Error {
  override readonly name = 'FinalFailure'
}

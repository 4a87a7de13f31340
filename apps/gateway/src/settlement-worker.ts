import type { CheckpointRecord, Intent, Ledger, Relayer } from '@og/ledger'
import { type Checkpoint, createLog, hashCheckpoint, type Hex, parseReceipt, parseTerms } from '@og/settlement'
import { checkpointCalldata, settleCalldata, settleWithMetadataCalldata } from '@og/settlement/contracts'
import { parsePaymentPayload } from '@og/x402'
import type { Facilitator } from '@og/x402/facilitator'
import { type Address, stringToBytes } from 'viem'
import { z } from 'zod'
import type { Log } from './log.js'
import type { NodeIdentity } from './node-identity.js'

/** What a worker needs from the world. */
export interface SettlementWorkerOptions {
  readonly ledger: Ledger
  readonly relayer: Relayer
  readonly facilitator: Facilitator
  readonly identity: NodeIdentity
  readonly now: () => bigint
  readonly log: Log
  readonly checkpointMaxAgeSeconds: bigint
  /** Called when a payment has moved, so that cached funds of the payer are read again. */
  readonly onPaymentSettled: (payer: Address) => void
}

/** Works off what `finish` wrote: moves payments, writes records, seals and anchors the log. Everything that it does may be repeated. */
export interface SettlementWorker {
  /** One round; returns the number of intents that were taken up. */
  readonly tick: () => Promise<number>
  /** Waits for what is under way. */
  readonly settled: () => Promise<void>
}

/** Longer than a settlement takes, so that a live worker never loses an intent to another. */
const leaseSeconds = 120n
const maxInFlight = 64
const maxTries = 20

const paymentBody = z.strictObject({ payload: z.unknown(), charged: z.string().regex(/^[0-9]{1,78}$/) })
const recordBody = z.strictObject({ receipt: z.unknown(), signature: z.string() })
const metadataBody = recordBody.extend({
  terms: z.unknown(),
  salts: z.strictObject({ request: z.string(), response: z.string() }),
  request: z.string(),
  response: z.string(),
})
const checkpointBody = z.strictObject({ seq: z.string().regex(/^[0-9]{1,20}$/) })

/** Creates the worker of one gateway process. */
export function createSettlementWorker(options: SettlementWorkerOptions): SettlementWorker {
  const { ledger, relayer, identity } = options
  const { logId } = identity.manifest
  const inFlight = new Set<Promise<void>>()

  async function settlePayment(intent: Intent): Promise<void> {
    const { payload: json, charged } = paymentBody.parse(JSON.parse(intent.body))
    const payload = parsePaymentPayload(json)
    const answer = await options.facilitator.settle({
      paymentPayload: payload,
      paymentRequirements: { ...payload.accepted, amount: charged },
    })
    if (answer.success) {
      const result = JSON.stringify({ amount: charged })
      await ledger.completeIntent(intent.id, { transaction: answer.transaction as Hex, result })
      if (answer.payer !== undefined) options.onPaymentSettled(answer.payer as Address)
      return
    }
    const reason = answer.errorReason ?? 'unexpected_settle_error'
    if (reason === 'settlement_pending' || reason === 'unexpected_settle_error') throw new Error(reason)
    // The facilitator's word is final: the answer was served and the money is not there. It stays visible as a debt.
    options.log.warn('payment refused at settlement', { paymentHash: intent.paymentHash, reason })
    await ledger.failIntent(intent.id, { error: reason, final: true })
  }

  /** Sends one transaction through the relayer and waits until it is final. */
  async function relay(intent: Intent, data: Hex): Promise<{ transaction: Hex; blockNumber: bigint }> {
    const id = await relayer.submit({ dedupeKey: intent.dedupeKey, to: identity.domain.verifyingContract, data })
    const job = await relayer.wait(id)
    if (job.state !== 'final' || job.transaction === null || job.blockNumber === null) {
      throw new FinalFailure(job.error ?? 'the record was refused on chain')
    }
    return { transaction: job.transaction, blockNumber: job.blockNumber }
  }

  async function settleRecord(intent: Intent): Promise<void> {
    const { receipt, signature } = recordBody.parse(JSON.parse(intent.body))
    const outcome = await relay(intent, settleCalldata([{ receipt: parseReceipt(receipt), signature: signature as Hex }]))
    await ledger.completeIntent(intent.id, { ...outcome, result: '{}' })
  }

  async function settleMetadata(intent: Intent): Promise<void> {
    const body = metadataBody.parse(JSON.parse(intent.body))
    const data = settleWithMetadataCalldata({
      receipt: parseReceipt(body.receipt),
      terms: parseTerms(body.terms),
      requestSalt: body.salts.request as Hex,
      responseSalt: body.salts.response as Hex,
      request: stringToBytes(body.request),
      response: stringToBytes(body.response),
      signature: body.signature as Hex,
    })
    await ledger.completeIntent(intent.id, { ...(await relay(intent, data)), result: '{}' })
  }

  async function anchorCheckpoint(intent: Intent): Promise<void> {
    const seq = BigInt(checkpointBody.parse(JSON.parse(intent.body)).seq)
    const all = await ledger.checkpoints(logId)
    const record = all.find((candidate) => candidate.seq === seq)
    if (record?.signature == null) throw new Error('the checkpoint is not signed')
    const previous = all.find((candidate) => candidate.seq === seq - 1n)
    const proof = previous === undefined ? [] : await consistencyProof(previous.size, record.size)
    const data = checkpointCalldata({ checkpoint: checkpointOf(record), signature: record.signature, consistencyProof: proof })
    const outcome = await relay(intent, data)
    await ledger.markCheckpointAnchored({ logId, seq, ...outcome })
    await ledger.completeIntent(intent.id, { ...outcome, result: '{}' })
  }

  async function consistencyProof(first: number, second: number): Promise<readonly Hex[]> {
    return createLog(await ledger.leaves(logId, 0, second)).consistencyProof(first, second)
  }

  /** Seals the next checkpoint when its time has come; the signature and the intent to anchor it are one commit. */
  async function sealCheckpoint(): Promise<void> {
    const record = await ledger.sealBatch(logId, { maxAgeSeconds: options.checkpointMaxAgeSeconds })
    if (record === null) return
    const checkpoint = checkpointOf(record)
    const digest = hashCheckpoint(checkpoint, identity.domain)
    await ledger.attachCheckpointSignature({
      logId,
      seq: record.seq,
      uri: checkpoint.uri,
      signature: identity.sign(digest),
      intent: { dedupeKey: digest, body: JSON.stringify({ seq: record.seq.toString() }) },
    })
  }

  function checkpointOf(record: CheckpointRecord): Checkpoint {
    const uri = record.uri ?? `${identity.manifest.endpoint}/v1/log`
    return { logId, seq: record.seq, size: BigInt(record.size), root: record.root, uri }
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
    } catch (error) {
      const text = error instanceof Error ? error.message.slice(0, 200) : 'unknown failure'
      options.log.warn('settlement step failed', { kind: intent.kind, intent: intent.id, tries: intent.claim, error: text })
      const final = error instanceof FinalFailure || intent.claim >= maxTries
      const delay = BigInt(Math.min(2 ** Math.min(intent.claim, 8), 300))
      await ledger.failIntent(
        intent.id,
        final
          ? { error: text, final: true, claim: intent.claim }
          : { error: text, retryAt: options.now() + delay, claim: intent.claim },
      )
    }
  }

  return {
    tick: async () => {
      await sealCheckpoint()
      let taken = 0
      for (const [kind, handler] of Object.entries(handlers) as [keyof typeof handlers, (typeof handlers)['payment']][]) {
        const limit = maxInFlight - inFlight.size
        if (limit <= 0) break
        for (const intent of await ledger.claimIntents({ kind, limit, leaseSeconds })) {
          const step = work(intent, handler).finally(() => inFlight.delete(step))
          inFlight.add(step)
          taken += 1
        }
      }
      return taken
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

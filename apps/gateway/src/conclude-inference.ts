import type { IntentInput } from '@og/ledger'
import { encodeUsage, type Upstream } from '@og/llm/upstream'
import {
  canonicalize,
  chargeOf,
  commit,
  encodeReceipt,
  encodeTerms,
  type Hex,
  hashJson,
  hashReceipt,
  hashTerms,
  type JsonObject,
  keccak256,
  modeCodeOf,
  type Outcome,
  outcomeCodeOf,
  type Receipt,
  settlementCodeOf,
  type Terms,
  usageSourceCodeOf,
} from '@og/settlement'
import { formatAmount, type SettleResponse } from '@og/x402'
import type { FinishedAnswer } from './answer-encoder.js'
import type { StoredAnswer } from './answer-vault.js'
import { countUsage } from './count-usage.js'
import type { Grant, InferenceDependencies } from './inference-context.js'
import type { InferenceRequest } from './inference-request.js'
import { leastOf } from './least-of.js'
import type { Meter, MeteredUsage } from './meter.js'
import { openGradientExtras } from './open-gradient.js'
import type { Model } from './prices.js'

/** An inference that is committed: what may now leave the node. */
export interface Conclusion {
  readonly charged: bigint
  readonly outcome: Outcome
  /** What ends a stream: the chunk with usage and receipt, and the end mark. */
  readonly lastEvents: Uint8Array
  /** The answer as it is sent, and as a repeated request gets it again. */
  readonly answer: StoredAnswer
  /** What a channel's payer is told of its count; absent for other schemes, and while the count waits. */
  readonly settlement: SettleResponse | undefined
}

/** Everything that an answer and its receipt are made of. */
export interface ConcludeInput {
  readonly request: InferenceRequest
  readonly grant: Grant
  readonly upstream: Upstream
  /** The model that answered: the one asked for, or one that the caller allows instead. */
  readonly model: Model
  readonly requestBytes: Uint8Array
  readonly meter: Meter
  readonly encoder: FinishedAnswer
  readonly aborted: boolean
}

const nothing = new Uint8Array()
/** A longer answer is not stored for a repeated request. Vectors are long for next to no money, and can be had again for as little. */
const maxStoredBytes = { text: 8 * 1_048_576, embedding: 262_144 } as const

/** Meters, charges, signs, and commits result, receipt, log leaf and settlement intents at once. */
export async function concludeInference(
  dependencies: InferenceDependencies,
  input: ConcludeInput,
): Promise<Conclusion> {
  const { request, grant, encoder } = input
  const { ledger, vault } = dependencies
  const { identity } = grant
  const { authorization } = grant.payment
  const transcript = encoder.transcript()
  const counted = input.meter.isReported() ? undefined : await countUsage(dependencies.tokens, { request, transcript })
  const used = input.meter.usage({ promptTokens: request.promptTokens }, counted)
  const outcome: Outcome = input.aborted ? 'aborted' : encoder.isLength() ? 'length' : 'complete'
  const charged = chargeFor(input, used)
  const terms = termsOf(input, {
    upstreamRequestCommitment: commit(
      { salt: grant.salts.upstreamRequest, hash: keccak256(input.requestBytes, dependencies) },
      dependencies,
    ),
    used,
    charged,
    outcome,
  })
  const finishedAt = dependencies.now()
  const responseHash = hashJson(transcript, dependencies)
  const receipt: Receipt = {
    nodeId: identity.nodeId,
    logId: identity.manifest.logId,
    paymentHash: authorization.paymentHash,
    attempt: grant.attempt,
    requestCommitment: commit({ salt: grant.salts.request, hash: request.requestHash }, dependencies),
    responseCommitment: commit({ salt: grant.salts.response, hash: responseHash }, dependencies),
    termsHash: hashTerms(terms, dependencies),
    mode: modeCodeOf(identity.manifest.mode),
    settlement: settlementCodeOf(request.settlement),
    finishedAt,
    settleBy: finishedAt + dependencies.settleWithinSeconds,
  }
  const digest = hashReceipt(receipt, identity.domain, dependencies)
  const signature = identity.signNow(digest)
  const receiptJson = encodeReceipt(receipt)
  const termsJson = encodeTerms(terms)
  const evidence: JsonObject = {
    version: '1',
    paymentHash: authorization.paymentHash,
    attempt: grant.attempt,
    receiptDigest: digest,
    receipt: receiptJson,
    terms: termsJson,
    signature,
    salts: {
      request: grant.salts.request,
      response: grant.salts.response,
      upstreamRequest: grant.salts.upstreamRequest,
    },
    offer: grant.payment.signedOffer.json,
    offerSignature: grant.payment.signedOffer.signature,
    label: labelOf(input, identity.manifest.mode),
  }
  const usage = usageJson(used, { charged, decimals: grant.payment.signedOffer.offer.decimals, evidence })
  const extra = await openGradientFields(dependencies, { request, encoder, timestamp: finishedAt })
  const lastEvents = request.stream ? encoder.end(usage, extra) : nothing
  const answer = encoder.answer(usage, extra)
  await ledger.finish({
    paymentHash: authorization.paymentHash,
    attempt: grant.attempt,
    receiptDigest: digest,
    logId: identity.manifest.logId,
    receiptJson: JSON.stringify(receiptJson),
    termsJson: JSON.stringify(termsJson),
    signature,
    charged,
    outcome: outcomeCodeOf(outcome) as 0 | 1 | 2 | 3 | 4,
    ...(answer.bytes.length > maxStoredBytes[request.model.kind] ? {} : { answer: vault.lock(answer) }),
    intents: [
      ...paymentIntent(grant, charged),
      ...recordIntent(request, {
        receipt: receiptJson,
        terms: termsJson,
        signature,
        digest,
        grant,
        transcript,
      }),
    ],
  })
  // Committed above: the channel's own count follows, now or before its next call.
  const settlement = await grant.channel?.book(charged)
  dependencies.onFinished()
  const { scheme } = authorization
  const { promptTokens, completionTokens } = used
  dependencies.metrics.countAnswer({ model: input.model.id, scheme, charged, promptTokens, completionTokens })
  return { charged, outcome, lastEvents, answer, settlement }
}

async function openGradientFields(
  { teeKey }: InferenceDependencies,
  { request, encoder, timestamp }: { request: InferenceRequest; encoder: FinishedAnswer; timestamp: bigint },
): Promise<JsonObject> {
  const requestHash = request.openGradientHash
  if (requestHash === undefined || teeKey === undefined) return {}
  const body = encoder.body()
  const fields = await teeKey.fieldsFor({ requestHash, body, timestamp })
  return { ...openGradientExtras(request.endpoint, body), ...fields }
}

/** `upto` charges what was used; `exact` moves its whole amount, as that scheme can do nothing else. */
function chargeFor({ request, grant }: ConcludeInput, used: MeteredUsage): bigint {
  const { authorized, authorization, signedOffer } = grant.payment
  if (authorization.scheme === 'exact') return authorized
  const charge = chargeOf(signedOffer.offer, { usage: used, settlement: request.settlement })
  return leastOf(charge, authorized)
}

interface TermsFacts {
  readonly upstreamRequestCommitment: Hex
  readonly used: MeteredUsage
  readonly charged: bigint
  readonly outcome: Outcome
}

function termsOf(input: ConcludeInput, facts: TermsFacts): Terms {
  const { request, grant, upstream } = input
  const { authorization, authorized, signedOffer } = grant.payment
  return {
    salt: grant.salts.terms,
    payer: authorization.payer,
    scheme: authorization.scheme,
    paymentChainId: signedOffer.offer.paymentChainId,
    asset: signedOffer.offer.asset,
    payTo: signedOffer.offer.payTo,
    authorized,
    charged: facts.charged,
    offerHash: signedOffer.hash,
    modelRequested: request.modelRequested,
    modelAnswered: input.model.id,
    upstream: upstream.host,
    upstreamRequestCommitment: facts.upstreamRequestCommitment,
    promptTokens: facts.used.promptTokens,
    cachedPromptTokens: facts.used.cachedPromptTokens,
    completionTokens: facts.used.completionTokens,
    reasoningTokens: facts.used.reasoningTokens,
    usageSource: usageSourceCodeOf(facts.used.source),
    outcome: outcomeCodeOf(facts.outcome),
    receivedAt: grant.receivedAt,
  }
}

/** What the receipt can honestly claim about where the words came from. */
function labelOf({ upstream }: ConcludeInput, mode: 'TEE' | 'VANILLA'): string {
  // Without an enclave nobody has witnessed what the node says of its provider.
  return mode === 'VANILLA' && upstream.label !== 'scripted' ? 'vanilla' : upstream.label
}

function usageJson(
  used: MeteredUsage,
  {
    charged,
    decimals,
    evidence,
  }: { readonly charged: bigint; readonly decimals: number; readonly evidence: JsonObject },
): JsonObject {
  const counts = {
    promptTokens: Number(used.promptTokens),
    cachedPromptTokens: Number(used.cachedPromptTokens),
    completionTokens: Number(used.completionTokens),
    reasoningTokens: Number(used.reasoningTokens),
  }
  return encodeUsage(counts, { cost: Number(formatAmount(charged, decimals)), og: evidence })
}

function paymentIntent(grant: Grant, charged: bigint): readonly IntentInput[] {
  if (charged === 0n) return []
  const body = `{"payload":${grant.payloadText},"charged":"${charged}"}`
  const { paymentHash } = grant.payment.authorization
  // A voucher does not run out: its turn is now.
  const deadline = grant.channel === undefined ? {} : { deadline: grant.receivedAt }
  return [{ kind: 'payment', dedupeKey: paymentHash, body, ...deadline }]
}

function recordIntent(
  request: InferenceRequest,
  facts: {
    readonly receipt: JsonObject
    readonly terms: JsonObject
    readonly signature: Hex
    readonly digest: Hex
    readonly grant: Grant
    readonly transcript: JsonObject
  },
): readonly IntentInput[] {
  const record = { receipt: facts.receipt, signature: facts.signature }
  switch (request.settlement) {
    case 'SETTLE':
      return [{ kind: 'record', dedupeKey: facts.digest, body: JSON.stringify(record) }]
    case 'SETTLE_METADATA': {
      // The one mode whose prompt and answer leave the node on purpose: the caller asked for them to stand on chain.
      const { salts } = facts.grant
      const body = {
        ...record,
        terms: facts.terms,
        salts: { request: salts.request, response: salts.response },
        request: request.canonicalBody,
        response: canonicalize(facts.transcript),
      }
      return [{ kind: 'metadata', dedupeKey: facts.digest, body: JSON.stringify(body) }]
    }
    case 'SETTLE_BATCH':
      return []
  }
}

import {
  chargeOf,
  commit,
  type Endpoint,
  encodeOffer,
  encodeReceipt,
  encodeTerms,
  type Hex,
  hashOffer,
  hashRequest,
  hashTerms,
  hashTranscript,
  hexOf,
  type JsonObject,
  keccak256,
  modeCodeOf,
  type Offer,
  type Receipt,
  type SettlementMode,
  settlementCodeOf,
  signDigest,
  type Terms,
  transcriptOf,
} from '@og/settlement'
import { DOMAIN, FAKE_PAYEE, FAKE_TOKEN, LOG_ID } from './fake-addresses.js'
import type { NodeKeys } from './fake-keys.js'
import { askModel } from './fake-model.js'
import type { FakeRecords } from './fake-records.js'
import type { NodeFaults } from './node-faults.js'

/** A call whose payment holds. */
export interface PaidWork {
  readonly body: JsonObject
  readonly endpoint: Endpoint
  readonly settlement: SettlementMode
  readonly model: string
  readonly offer: Offer
  readonly authorization: {
    readonly scheme: string
    readonly payer: Hex
    readonly paymentHash: Hex
    readonly authorized: bigint
  }
  /** Told what is charged, where the payment is drawn from a channel. */
  readonly charge?: (amount: bigint) => void
}

/** Runs the model and signs what came of it. */
export async function answerOf(
  work: PaidWork,
  node: {
    readonly keys: NodeKeys
    readonly records: FakeRecords
    readonly now: () => bigint
    readonly faults: NodeFaults
  },
): Promise<Response> {
  const { body, endpoint, settlement, model, offer, authorization } = work
  const { keys, now, faults } = node
  const receivedAt = now()
  const identity = { id: `cmpl-${authorization.paymentHash.slice(2, 18)}`, created: Number(receivedAt), model }
  const answer = await askModel(endpoint, { body, identity })
  const salt = (): Hex => hexOf(globalThis.crypto.getRandomValues(new Uint8Array(32)))
  const salts = { request: salt(), response: salt(), upstreamRequest: salt() }
  const draft: Terms = {
    salt: salt(),
    payer: authorization.payer,
    scheme: authorization.scheme,
    paymentChainId: 84532n,
    asset: FAKE_TOKEN,
    payTo: FAKE_PAYEE,
    authorized: authorization.authorized,
    charged:
      authorization.scheme === 'exact'
        ? authorization.authorized
        : chargeOf(offer, { usage: answer.tokens, settlement }),
    offerHash: hashOffer(offer, DOMAIN),
    modelRequested: String(body['model']),
    modelAnswered: model,
    upstream: 'scripted',
    upstreamRequestCommitment: commit({ salt: salts.upstreamRequest, hash: keccak256(answer.requestBytes) }),
    ...answer.tokens,
    usageSource: 1,
    outcome: answer.outcome,
    receivedAt,
  }
  const terms = faults.terms?.(draft) ?? draft
  work.charge?.(terms.charged)
  const honest: Receipt = {
    nodeId: keys.nodeId,
    logId: LOG_ID,
    paymentHash: authorization.paymentHash,
    attempt: 1,
    requestCommitment: commit({ salt: salts.request, hash: hashRequest(body) }),
    responseCommitment: commit({
      salt: salts.response,
      hash: hashTranscript(transcriptOf(endpoint, answer.body({}))),
    }),
    termsHash: hashTerms(terms),
    mode: modeCodeOf(keys.manifest.mode),
    settlement: settlementCodeOf(settlement),
    finishedAt: now(),
    settleBy: now() + 3600n,
  }
  const receipt = faults.receipt?.(honest) ?? honest
  const { digest, index } = node.records.append(receipt, settlement)
  const og: JsonObject = {
    version: '1',
    paymentHash: authorization.paymentHash,
    attempt: 1,
    receiptDigest: digest,
    receipt: encodeReceipt(receipt),
    terms: encodeTerms(terms),
    signature: signDigest(digest, faults.receiptSigner ?? keys.receiptKey),
    salts,
    offer: encodeOffer(offer),
    offerSignature: signDigest(hashOffer(offer, DOMAIN), keys.receiptKey),
    label: 'scripted',
    leafIndex: index,
  }
  return answer.respond({ cost: Number(terms.charged) / 1e6, og }, faults)
}

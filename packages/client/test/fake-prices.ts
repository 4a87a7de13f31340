import {
  type Endpoint,
  encodeOffer,
  type Hex,
  hashOffer,
  type JsonObject,
  type Offer,
  parseOffer,
  promptTokenBound,
  quoteOf,
  type SettlementMode,
  signDigest,
} from '@og/settlement'
import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { requestBindingExtension } from '@og/x402/evm'
import { createPaymentRequired, paymentRequiredResponse } from '@og/x402/server'
import type { ChannelDesk } from './channel-desk.js'
import { DOMAIN, FACILITATOR, FAKE_PAYEE, FAKE_TOKEN, NETWORK } from './fake-addresses.js'
import { isObject } from './fake-http.js'
import type { NodeFaults } from './node-faults.js'

/** The offer of a test node for a model. */
export function offerOf(
  model: string,
  options: { readonly nodeId: Hex; readonly now: bigint; readonly faults: NodeFaults },
): Offer {
  const { nodeId, now, faults } = options
  const offer: Offer = {
    nodeId,
    model,
    paymentChainId: 84532n,
    asset: FAKE_TOKEN,
    decimals: 6,
    payTo: FAKE_PAYEE,
    inputPrice: 2_500_000n,
    cachedInputPrice: 1_250_000n,
    outputPrice: 10_000_000n,
    reasoningPrice: 10_000_000n,
    surchargeSettle: 300n,
    surchargeMetadata: 2_000n,
    surchargeBatch: 20n,
    settlementModes: 7,
    maxMetadataBytes: 24_576,
    notBefore: now - 60n,
    notAfter: now + 3600n,
  }
  return faults.offer?.(offer) ?? offer
}

/** The offer that a payment accepted. */
export function offerIn(payment: PaymentPayload): Offer | undefined {
  const og = payment.accepted.extra?.['og']
  return isObject(og) ? parseOffer(og['offer']) : undefined
}

/** The 402 that asks for the price of a call. */
export function challengeOf(call: {
  readonly url: string
  readonly endpoint: Endpoint
  readonly body: JsonObject
  readonly offer: Offer
  readonly settlement: SettlementMode
  readonly receiptKey: Hex
  readonly error: string
  readonly channels: ChannelDesk | undefined
  readonly faults: NodeFaults
}): Response {
  const { url, endpoint, body, offer, settlement, channels, faults } = call
  const offerHash = hashOffer(offer, DOMAIN)
  const og = { offer: encodeOffer(offer), offerHash, signature: signDigest(offerHash, call.receiptKey), mac: '0x' }
  const limit = typeof body['max_tokens'] === 'number' ? body['max_tokens'] : 1024
  const completionTokens = endpoint === 'embeddings' ? 0n : BigInt(limit)
  const common = {
    network: NETWORK,
    amount: quoteOf(offer, { promptTokens: promptTokenBound(body), completionTokens, settlement }).toString(),
    asset: FAKE_TOKEN,
    payTo: FAKE_PAYEE,
    maxTimeoutSeconds: 600,
  } as const
  const token = { name: 'USDC', version: '2' }
  const accepts: PaymentRequirements[] = [
    ...(channels === undefined ? [] : [channels.requirements({ ...common, extra: { ...token, og } })]),
    {
      scheme: 'upto',
      ...common,
      extra: { ...token, assetTransferMethod: 'permit2', facilitatorAddress: FACILITATOR, og },
    },
    { scheme: 'exact', ...common, extra: { ...token, og } },
  ]
  const required = createPaymentRequired({
    resource: { url, description: 'inference', mimeType: 'application/json' },
    accepts: accepts.map((requirements) => faults.requirements?.(requirements) ?? requirements),
    error: call.error,
    extensions: { 'og-request-binding': requestBindingExtension() },
  })
  const error = { message: `payment: ${call.error}`, type: 'payment_required', param: null, code: call.error }
  return paymentRequiredResponse(required, { status: 402, body: { error } })
}

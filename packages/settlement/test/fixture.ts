import { commit } from '../src/commitment.js'
import type { ReceiptDomain } from '../src/eip712/domain.js'
import type { Hex } from '../src/hex.js'
import type { JsonObject } from '../src/json/json-value.js'
import { keccak256 } from '../src/keccak.js'
import { type KeyManifest, nodeIdOf, sealingSuite } from '../src/manifest/key-manifest.js'
import { hashOffer, type Offer } from '../src/offer/offer.js'
import { chargeOf } from '../src/offer/price.js'
import type { CheckReceiptInput, ReceiptSalts } from '../src/receipt/check-input.js'
import { hashReceipt, type Receipt } from '../src/receipt/receipt.js'
import { addressOf, signDigest } from '../src/receipt/signature.js'
import { hashTerms, type Terms } from '../src/receipt/terms.js'
import { hashRequest } from '../src/request.js'
import { hashTranscript, transcriptOf } from '../src/transcript.js'

/** 32 equal bytes. */
export function bytes32(byte: number): Hex {
  return `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
}

export const nodeKey: Hex = bytes32(0x11)
export const strangerKey: Hex = bytes32(0x12)

export const domain: ReceiptDomain = {
  chainId: 84532n,
  verifyingContract: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
}

export const manifest: KeyManifest = {
  version: '1',
  mode: 'TEE',
  logId: bytes32(0xa1),
  receiptKey: addressOf(nodeKey),
  sealing: { suite: sealingSuite, rule: 'signed-by-receipt-key' },
  payments: [
    {
      network: 'eip155:84532',
      asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
      payTo: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    },
    {
      network: 'eip155:84532',
      asset: '0x2222222222222222222222222222222222222222',
      payTo: '0x3333333333333333333333333333333333333333',
    },
  ],
  record: {
    chainId: domain.chainId,
    inferenceLog: domain.verifyingContract,
    nodeRegistry: '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512',
  },
  endpoint: 'https://node.example/v1',
  codeVersion: '0.1.0',
  notBefore: 1_700_000_000n,
  notAfter: 1_800_000_000n,
}

export const offer: Offer = {
  nodeId: nodeIdOf(manifest),
  model: 'openai/gpt-4.1',
  paymentChainId: 84532n,
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  decimals: 6,
  payTo: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  inputPrice: 2_000_000n,
  cachedInputPrice: 500_000n,
  outputPrice: 8_000_000n,
  reasoningPrice: 9_000_000n,
  surchargeSettle: 300n,
  surchargeMetadata: 5_000n,
  surchargeBatch: 10n,
  settlementModes: 0b101,
  maxMetadataBytes: 65_536,
  notBefore: 1_750_000_000n,
  notAfter: 1_750_003_600n,
}

export const request: JsonObject = {
  model: 'gpt-4',
  messages: [{ role: 'user', content: 'Hello, how are you?' }],
  temperature: 0.7,
  max_tokens: 64,
}

export const response: JsonObject = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_750_000_011,
  model: 'gpt-4.1-2025-04-14',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Bonjour, comment ça va ?' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
}

export const upstreamRequest: Uint8Array = new TextEncoder().encode('{"model":"gpt-4.1"}')

export const salts: ReceiptSalts = { request: bytes32(1), response: bytes32(2), upstreamRequest: bytes32(3) }

const usage = { promptTokens: 1000n, cachedPromptTokens: 400n, completionTokens: 500n, reasoningTokens: 100n }

export const terms: Terms = {
  salt: bytes32(4),
  payer: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  scheme: 'upto',
  paymentChainId: 84532n,
  asset: offer.asset,
  payTo: offer.payTo,
  authorized: 50_000n,
  charged: chargeOf(offer, { usage, settlement: 'SETTLE_BATCH' }),
  offerHash: hashOffer(offer, domain),
  modelRequested: 'gpt-4',
  modelAnswered: 'gpt-4.1-2025-04-14',
  upstream: 'api.openai.com',
  upstreamRequestCommitment: commit({ salt: salts.upstreamRequest, hash: keccak256(upstreamRequest) }),
  ...usage,
  usageSource: 0,
  outcome: 0,
  receivedAt: 1_750_000_005n,
}

export const receipt: Receipt = {
  nodeId: nodeIdOf(manifest),
  logId: manifest.logId,
  paymentHash: bytes32(0x77),
  attempt: 1,
  requestCommitment: commit({ salt: salts.request, hash: hashRequest(request) }),
  responseCommitment: commit({
    salt: salts.response,
    hash: hashTranscript(transcriptOf('chat.completions', response)),
  }),
  termsHash: hashTerms(terms),
  mode: 1,
  settlement: 2,
  finishedAt: 1_750_000_011n,
  settleBy: 1_750_000_611n,
}

/** Signs a receipt as the node would. */
export function signReceipt(signed: Receipt, key: Hex = nodeKey): Hex {
  return signDigest(hashReceipt(signed, domain), key)
}

const offerSignature: Hex = signDigest(hashOffer(offer, domain), nodeKey)

/** A receipt for which every check holds and none is left out. */
export const input: Required<Omit<CheckReceiptInput, 'recover' | 'keccak'>> = {
  receipt,
  terms,
  signature: signReceipt(receipt),
  salts,
  domain,
  manifest,
  offer,
  offerSignature,
  endpoint: 'chat.completions',
  request,
  response,
  upstreamRequest,
  expected: {
    paymentHash: receipt.paymentHash,
    attempt: 1,
    payer: terms.payer,
    authorized: terms.authorized,
    mode: 'TEE',
    settlement: 'SETTLE_BATCH',
  },
}

/** The input with other receipt fields and terms, hashed and signed again by the node: a lying node. */
export function lie(changes: {
  readonly receipt?: Partial<Receipt>
  readonly terms?: Partial<Terms>
}): Required<Omit<CheckReceiptInput, 'recover' | 'keccak'>> {
  const lyingTerms = { ...terms, ...changes.terms }
  const lyingReceipt = { ...receipt, termsHash: hashTerms(lyingTerms), ...changes.receipt }
  return { ...input, terms: lyingTerms, receipt: lyingReceipt, signature: signReceipt(lyingReceipt) }
}

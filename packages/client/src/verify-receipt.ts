import {
  type AnchorQuery,
  type AnchorVerdict,
  type BundleAttestation,
  hashOffer,
  hashRequest,
  type JsonObject,
  type KeyManifest,
  nodeIdOf,
  type OutsideVerdict,
  parseReceiptBundle,
  parseStrictJson,
  type ReceiptBundle,
  SettlementError,
  verifyReceipt as verifySettlementReceipt,
} from '@og/settlement'
import { type PaymentPayload, parsePaymentPayload, X402Error } from '@og/x402'
import { checkRequestBinding } from '@og/x402/evm'
import { createJsonRpc } from './chain/json-rpc.js'
import { ClientError } from './client-error.js'
import { defaultWorld, MAX_ANSWER_BYTES, type World } from './defaults.js'
import { readJsonObject } from './read-json.js'
import { recordChainOf } from './record-chain.js'
import { checkTrustPolicy, type TrustPolicy } from './trust.js'
import { failedStepOf, type VerificationStep } from './verification.js'
import { verifyAttestation } from './verify-node.js'
import { verifyPayment } from './verify-payment.js'

/** Options of {@link verifyReceipt}: what the verifier has besides `receipt.json`. */
export interface VerifyReceiptOptions {
  /**
   * Whose word about the hardware is believed: Intel's, or, for development, the published simulator's. With a name alone any measured code
   * is accepted, and that is said under `notChecked`; give a whole policy to pin it.
   */
  readonly trust: 'intel' | 'simulator' | TrustPolicy
  /** JSON-RPC of the record chain; without it the anchor is not checked. */
  readonly rpcUrl?: string
  /** The request body as it was sent, as an object or as JSON text. */
  readonly request?: JsonObject | string
  /** The answer body in its unstreamed shape, as an object or as JSON text. */
  readonly response?: JsonObject | string
  /** Hears of each check as it ends: for a page that shows them as they run. The verdict lists them all again. */
  readonly onStep?: (step: VerificationStep) => void
  readonly world?: Partial<World>
}

/** What was found out about a `receipt.json`. */
export type ReceiptVerdict =
  | {
      readonly ok: true
      readonly bundle: ReceiptBundle
      readonly steps: readonly VerificationStep[]
      readonly notChecked: readonly string[]
    }
  | {
      readonly ok: false
      readonly code: string
      readonly detail: string
      readonly steps: readonly VerificationStep[]
      readonly notChecked: readonly string[]
    }

/**
 * Verifies a portable receipt offline, and its anchor when there is a chain to ask: signatures, commitments, price, payment, attestation,
 * inclusion. Each check is listed by name, and so is what was not checked.
 * @throws ClientError `INVALID_OPTIONS` for a trust policy, request or response that cannot be; never because of what the bundle holds.
 */
export async function verifyReceipt(
  input: string | JsonObject,
  options: VerifyReceiptOptions,
): Promise<ReceiptVerdict> {
  const world: World = { ...defaultWorld, ...options.world }
  const trust = trustOf(options.trust)
  const request = bodyOf(options.request, 'request')
  const response = bodyOf(options.response, 'response')
  let bundle: ReceiptBundle
  try {
    bundle = parseReceiptBundle(typeof input === 'string' ? parseStrictJson(input) : input)
  } catch (error) {
    if (!(error instanceof SettlementError)) throw error
    const failed = { name: 'format', ok: false, code: error.code, detail: error.message }
    options.onStep?.(failed)
    return { ok: false, code: failed.code, detail: failed.detail, steps: [failed], notChecked: ['everything else'] }
  }
  const recordChain =
    options.rpcUrl === undefined ? undefined : recordChainOf(createJsonRpc({ url: options.rpcUrl, fetch: world.fetch }))
  const verdict = await verifySettlementReceipt(bundle, {
    now: world.now(),
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
    verifyAttestation: async (attestation, manifest, at) => attestationVerdict(attestation, { manifest, at, trust }),
    verifyPayment: async (payment) => paymentVerdict(payment, { bundle, request }),
    ...(recordChain === undefined
      ? {}
      : { readAnchor: async (query: AnchorQuery): Promise<AnchorVerdict> => recordChain.readAnchor(query) }),
  })
  const notChecked = [
    // The payment itself says these three.
    ...verdict.notChecked.filter((name) => bundle.payment === undefined || !SAID_BY_PAYMENT.includes(name)),
    ...(bundle.attestation !== undefined && trust.measurements === 'any-measurement'
      ? ['measured code: any was accepted']
      : []),
    ...(trust.platform === 'simulated' ? ['hardware: the simulator was trusted; anybody can make its quotes'] : []),
    'weights: the model name is signed, but nothing shows which weights a provider ran',
  ]
  return verdict.ok
    ? { ok: true, bundle, steps: verdict.steps, notChecked }
    : { ok: false, code: verdict.code, detail: verdict.detail, steps: verdict.steps, notChecked }
}

/** Text is read as strictly as what was hashed: no duplicate keys, no numbers that a double cannot hold. */
function bodyOf(body: JsonObject | string | undefined, name: string): JsonObject | undefined {
  if (typeof body !== 'string') return body
  const parsed = readJsonObject(body, MAX_ANSWER_BYTES)
  if (parsed === undefined) throw new ClientError('INVALID_OPTIONS', `${name} is not a strict JSON object`)
  return parsed
}

const SAID_BY_PAYMENT: readonly string[] = ['payment hash', 'payer', 'authorized amount']

function trustOf(trust: VerifyReceiptOptions['trust']): TrustPolicy {
  if (trust === 'intel') return { platform: 'intel', measurements: 'any-measurement' }
  if (trust === 'simulator') return { platform: 'simulated', measurements: 'any-measurement' }
  if (typeof trust !== 'object')
    throw new ClientError('INVALID_OPTIONS', "trust must be 'intel', 'simulator' or a policy")
  return checkTrustPolicy(trust)
}

function attestationVerdict(
  attestation: BundleAttestation,
  options: { readonly manifest: KeyManifest; readonly at: bigint; readonly trust: TrustPolicy },
): OutsideVerdict {
  const verdict = verifyAttestation(attestation, {
    nodeId: nodeIdOf(options.manifest),
    nonce: attestation.nonce,
    now: options.at,
    trust: options.trust,
  })
  return outsideOf(verdict.steps, 'ATTESTATION')
}

/** The payment must be the payer's own, have the receipt's hash, pay the terms' offer, and be bound to the request where that is known. */
function paymentVerdict(
  json: JsonObject,
  options: { readonly bundle: ReceiptBundle; readonly request: JsonObject | undefined },
): OutsideVerdict {
  const { receipt, terms, offer, chain } = options.bundle
  let payment: PaymentPayload
  try {
    payment = parsePaymentPayload(json)
  } catch (error) {
    if (!(error instanceof X402Error)) throw error
    return { ok: false, code: error.code, detail: error.message }
  }
  const paid = verifyPayment(payment, { at: terms.receivedAt })
  if (!paid.ok) return { ok: false, code: paid.code, detail: paid.detail }
  const offerHash = hashOffer(offer, chain)
  const steps: VerificationStep[] = []
  const check = (name: string, ok: boolean, code: string, detail: string): void => {
    steps.push(ok ? { name, ok } : { name, ok, code, detail })
  }
  check('signature', true, '', '')
  check(
    'payment hash',
    paid.paymentHash === receipt.paymentHash,
    'PAYMENT_HASH',
    'the payment has another hash than the receipt',
  )
  check(
    'payer',
    paid.payer.toLowerCase() === terms.payer.toLowerCase(),
    'PAYER',
    'the payment was signed by somebody else',
  )
  check('amount', paid.authorized === terms.authorized, 'AUTHORIZED', 'the payment authorises another amount')
  check('scheme', paid.scheme === terms.scheme, 'SCHEME', 'the payment uses another scheme')
  check('offer', paid.offerHash === offerHash, 'OFFER_CHANGED', 'the payment accepted another offer')
  if (options.request !== undefined) {
    const binding = checkRequestBinding(payment, { offerHash, requestHash: hashRequest(options.request) })
    check('request', binding.ok, binding.ok ? '' : binding.code, 'the payment is bound to another request')
  }
  return outsideOf(steps, 'PAYMENT')
}

function outsideOf(steps: readonly VerificationStep[], fallback: string): OutsideVerdict {
  const failed = failedStepOf(steps)
  const listed = steps.map(({ name, ok, code, detail }) =>
    ok
      ? { name, ok, ...(detail === undefined ? {} : { detail }) }
      : { name, ok, code: code ?? fallback, detail: detail ?? 'failed' },
  )
  return failed === undefined
    ? { ok: true, steps: listed }
    : {
        ok: false,
        code: failed.code ?? fallback,
        detail: `${failed.name}: ${failed.detail ?? 'failed'}`,
        steps: listed,
      }
}

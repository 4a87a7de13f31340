import {
  type Address,
  type AnchorQuery,
  type AnchorVerdict,
  type BundleAttestation,
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
import { createJsonRpc } from './chain/json-rpc.js'
import { ClientError } from './client-error.js'
import { defaultWorld, MAX_ANSWER_BYTES, type World } from './defaults.js'
import { outsideVerdictOf } from './outside-verdict.js'
import { readJsonObject } from './read-json.js'
import { judgePayment } from './receipt-payment.js'
import { recordChainOf } from './record-chain.js'
import { checkTrustPolicy, leftOpenBy, type TrustPolicy } from './trust.js'
import type { VerificationStep } from './verification.js'
import { verifyAttestation } from './verify-node.js'

/** Options of {@link verifyReceipt}: what the verifier has besides `receipt.json`. */
export interface VerifyReceiptOptions {
  /**
   * Whose word about the hardware is believed: Intel's, or, for development, the published simulator's. With a name alone any measured code
   * is accepted, and that is said under `notChecked`; give a whole policy to pin it.
   */
  readonly trust: 'intel' | 'simulator' | TrustPolicy
  /** JSON-RPC of the record chain; without it the anchor is not checked. */
  readonly rpcUrl?: string
  /**
   * The contract whose records count; a receipt for any other is refused. Without it the receipt itself says where its record stands, and
   * anybody can deploy a contract that says so: that is said under `notChecked`.
   */
  readonly record?: { readonly chainId: bigint; readonly inferenceLog: Address }
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
    return refusedAtOnce({ name: 'format', code: error.code, detail: error.message }, options)
  }
  const known: VerificationStep[] = []
  if (options.record !== undefined) {
    const { chainId, verifyingContract } = bundle.chain
    if (!isSameContract(bundle, options.record)) {
      const detail = `the receipt is for ${verifyingContract} on chain ${chainId}`
      return refusedAtOnce({ name: 'known contract', code: 'OTHER_CONTRACT', detail }, options)
    }
    known.push({ name: 'known contract', ok: true })
    for (const step of known) options.onStep?.(step)
  }
  const recordChain =
    options.rpcUrl === undefined ? undefined : recordChainOf(createJsonRpc({ url: options.rpcUrl, fetch: world.fetch }))
  let unbound: readonly string[] = []
  const verdict = await verifySettlementReceipt(bundle, {
    now: world.now(),
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
    verifyAttestation: async (attestation, manifest, at) => attestationVerdict(attestation, { manifest, at, trust }),
    verifyPayment: async (payment) => {
      const found = judgePayment(payment, { bundle, request })
      unbound = found.notChecked
      return found.verdict
    },
    ...(recordChain === undefined
      ? {}
      : { readAnchor: async (query: AnchorQuery): Promise<AnchorVerdict> => recordChain.readAnchor(query) }),
  })
  const notChecked = [
    // The payment itself says these three.
    ...verdict.notChecked.filter((name) => bundle.payment === undefined || !SAID_BY_PAYMENT.includes(name)),
    ...(bundle.attestation === undefined ? [] : leftOpenBy(trust)),
    ...unbound,
    ...(recordChain !== undefined && options.record === undefined ? [contractNamedBy(bundle)] : []),
    ...(trust.platform === 'simulated' ? ['hardware: the simulator was trusted; anybody can make its quotes'] : []),
    'weights: the model name is signed, but nothing shows which weights a provider ran',
  ]
  const steps = [...known, ...verdict.steps]
  return verdict.ok
    ? { ok: true, bundle, steps, notChecked }
    : { ok: false, code: verdict.code, detail: verdict.detail, steps, notChecked }
}

/** A verdict that needs no further look. */
function refusedAtOnce(
  failed: { readonly name: string; readonly code: string; readonly detail: string },
  { onStep }: VerifyReceiptOptions,
): ReceiptVerdict {
  const step = { ...failed, ok: false }
  onStep?.(step)
  return { ok: false, code: failed.code, detail: failed.detail, steps: [step], notChecked: ['everything else'] }
}

function isSameContract(
  { chain }: ReceiptBundle,
  { chainId, inferenceLog }: NonNullable<VerifyReceiptOptions['record']>,
): boolean {
  return chain.chainId === chainId && chain.verifyingContract.toLowerCase() === inferenceLog.toLowerCase()
}

function contractNamedBy({ chain }: ReceiptBundle): string {
  return `contract: the receipt names ${chain.verifyingContract}, and nobody said that its records count`
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
  return outsideVerdictOf(verdict.steps, 'ATTESTATION')
}

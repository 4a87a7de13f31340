import {
  type Address,
  bytesOf,
  type Hex,
  hashSealingKey,
  hexOf,
  type KeyManifest,
  nodeIdOf,
  type ReceiptDomain,
  type RecoverPublicKey,
  recoverSigner,
} from '@og/settlement'
import {
  checkPolicy,
  type MeasurementTuple,
  measurementsOf,
  parseCollateral,
  parseQuote,
  reportDataFor,
  verifyQuote,
} from '@og/tee-verify'
import type { AttestationEvidence, NodeEvidence } from './fetch-node-evidence.js'
import { acceptedMeasurementsOf, leftOpenBy, type TrustPolicy, trustRootOf } from './trust.js'
import { createStepList, failedStepOf, type VerificationStep } from './verification.js'

/** A node whose manifest holds together; whether an enclave stands behind it says {@link VerifiedNode.attested}. */
export interface VerifiedNode {
  readonly baseUrl: string
  readonly nodeId: Hex
  readonly manifest: KeyManifest
  /** Domain of everything that the node signs. */
  readonly domain: ReceiptDomain
  readonly attestation: AttestationEvidence | null
  /** True when the quote satisfies the caller's trust policy and the sealing key is signed by the attested key. */
  readonly attested: boolean
  readonly platform: 'intel' | 'simulated' | null
  /** What the quote says of the enclave; only of an attested node. */
  readonly enclave: EnclaveFacts | null
  /** X25519 key for sealed bodies; only of an attested node. */
  readonly sealingPublicKey: Uint8Array | null
  readonly steps: readonly VerificationStep[]
  readonly notChecked: readonly string[]
  /** Unix seconds up to which the verdict holds. */
  readonly validUntil: bigint
}

/** What a verified quote says of an enclave and of the machine under it. */
export interface EnclaveFacts {
  readonly measurements: Required<MeasurementTuple>
  readonly tcbStatus: string
  /** Intel's advisories that apply to the platform. */
  readonly advisoryIds: readonly string[]
  /** Unix seconds up to which the collateral holds. */
  readonly expiresAt: bigint
  /** The release list by which the measurements were accepted, where one was. */
  readonly releases: { readonly product: string; readonly version: number } | null
}

/** Options of {@link verifyNode}. */
export interface VerifyNodeOptions {
  readonly baseUrl: string
  readonly nonce: Hex
  /** Unix seconds. */
  readonly now: bigint
  readonly ttlSeconds: bigint
  readonly trust?: TrustPolicy | undefined
}

/** Verdict of {@link verifyNode}. */
export type NodeVerdict =
  | { readonly ok: true; readonly node: VerifiedNode; readonly attestationFailure: VerificationStep | null }
  | { readonly ok: false; readonly steps: readonly VerificationStep[] }

/** Judges what a node says about itself: manifest, quote under the trust policy, sealing key. */
export function verifyNode(evidence: NodeEvidence, options: VerifyNodeOptions): NodeVerdict {
  const { manifest } = evidence
  const list = createStepList()
  const nodeId = nodeIdOf(manifest)
  const consistent = list.check('node id', nodeId === evidence.nodeId, {
    code: 'WRONG_NODE_ID',
    detail: 'the node id is not the hash of the manifest',
  })
  const valid = list.check('manifest validity', options.now >= manifest.notBefore && options.now <= manifest.notAfter, {
    code: 'MANIFEST_EXPIRED',
    detail: `the manifest is not valid at ${options.now}`,
  })
  if (!consistent || !valid) return { ok: false, steps: list.steps }

  const domain: ReceiptDomain = {
    chainId: manifest.record.chainId,
    verifyingContract: manifest.record.inferenceLog,
  }
  const base = {
    baseUrl: options.baseUrl,
    nodeId,
    manifest,
    domain,
    attestation: evidence.attestation,
    validUntil: earliest([options.now + options.ttlSeconds, manifest.notAfter]),
  }
  const unattested = (failure: VerificationStep, notChecked: string): NodeVerdict => ({
    ok: true,
    node: {
      ...base,
      attested: false,
      platform: null,
      enclave: null,
      sealingPublicKey: null,
      steps: list.steps,
      notChecked: [notChecked],
    },
    attestationFailure: failure,
  })

  if (manifest.mode !== 'TEE' || evidence.attestation === null) {
    return unattested(
      { name: 'attestation offered', ok: false, code: 'NOT_ATTESTED', detail: 'the node offers no attestation' },
      "attestation: the node offers none; its receipt key is the node's own word",
    )
  }
  if (options.trust === undefined) {
    return unattested(
      { name: 'trust policy', ok: false, code: 'TRUST_REQUIRED', detail: 'no trust policy was given' },
      "attestation: the node offers a quote, but no trust policy was given; its receipt key is the node's own word",
    )
  }
  const quote = verifyAttestation(evidence.attestation, {
    nodeId,
    nonce: options.nonce,
    now: options.now,
    trust: options.trust,
  })
  const sealing = checkSealingKey(evidence, { nodeId, receiptKey: manifest.receiptKey, domain, now: options.now })
  const failure = failedStepOf([...quote.steps, ...sealing.steps])
  if (failure !== undefined || !quote.ok || sealing.publicKey === null) {
    const step = failure ?? { name: 'attestation', ok: false, code: 'NOT_ATTESTED', detail: 'the quote was refused' }
    return unattested(step, `attestation: the offered quote was refused (${step.name}: ${step.code ?? 'failed'})`)
  }
  list.take(quote.steps)
  list.take(sealing.steps)
  return {
    ok: true,
    attestationFailure: null,
    node: {
      ...base,
      attested: true,
      platform: quote.platform,
      enclave: quote.enclave,
      sealingPublicKey: sealing.publicKey,
      steps: list.steps,
      notChecked: leftOpenBy(options.trust),
      validUntil: earliest([base.validUntil, quote.enclave.expiresAt, sealing.notAfter]),
    },
  }
}

/** What {@link verifyAttestation} found. */
export type AttestationVerdict =
  | {
      readonly ok: true
      readonly platform: 'intel' | 'simulated'
      readonly enclave: EnclaveFacts
      readonly steps: readonly VerificationStep[]
    }
  | { readonly ok: false; readonly steps: readonly VerificationStep[] }

/** Judges a quote: signature chain to the trusted root, TCB, debug, measurements, and `report_data = nodeId ‖ nonce`. */
export function verifyAttestation(
  attestation: AttestationEvidence,
  options: { readonly nodeId: Hex; readonly nonce: Hex; readonly now: bigint; readonly trust: TrustPolicy },
): AttestationVerdict {
  const list = createStepList()
  if (
    !list.check('attestation nonce', attestation.nonce === options.nonce, {
      code: 'WRONG_NONCE',
      detail: 'the quote was made for another nonce',
    })
  ) {
    return { ok: false, steps: list.steps }
  }
  let parsed: Parameters<typeof verifyQuote>[0]
  let collateral: Parameters<typeof verifyQuote>[1]['collateral']
  try {
    parsed = parseQuote(bytesOf(attestation.quote))
    collateral = parseCollateral(attestation.collateral)
  } catch (error) {
    list.check('quote format', false, {
      code: 'MALFORMED',
      detail: error instanceof Error ? error.message : 'the quote or its collateral cannot be read',
    })
    return { ok: false, steps: list.steps }
  }
  const trustRoot = trustRootOf(options.trust.platform)
  const { minimumEvaluationDataNumber: minimum } = options.trust
  const verdict = verifyQuote(parsed, {
    collateral,
    now: options.now,
    ...(trustRoot === undefined ? {} : { trustRoot }),
    ...(minimum === undefined ? {} : { minimumEvaluationDataNumber: minimum }),
  })
  list.take(verdict.steps)
  if (!verdict.ok) return { ok: false, steps: list.steps }
  const accepted = acceptedMeasurementsOf(options.trust, options.now)
  if (!accepted.ok) {
    list.check('known releases', false, accepted)
    return { ok: false, steps: list.steps }
  }
  const policy = checkPolicy(verdict, {
    trustRoots: [options.trust.platform],
    ...(options.trust.tcbStatuses === undefined ? {} : { tcbStatuses: options.trust.tcbStatuses }),
    ...(options.trust.currentTcb === undefined ? {} : { currentTcb: options.trust.currentTcb }),
    measurements: accepted.measurements,
    reportData: hexOf(reportDataFor({ nodeId: options.nodeId, nonce: options.nonce })),
  })
  list.take(policy.steps)
  if (!policy.ok) return { ok: false, steps: list.steps }
  const { platform, tcbStatus, advisoryIds } = verdict
  const expiresAt = earliest([verdict.expiresAt, accepted.list?.notAfter ?? verdict.expiresAt])
  const releases = accepted.list === null ? null : { product: accepted.list.product, version: accepted.list.version }
  const enclave = { measurements: measurementsOf(verdict.td), tcbStatus, advisoryIds, expiresAt, releases }
  return { ok: true, platform, enclave, steps: list.steps }
}

function checkSealingKey(
  evidence: NodeEvidence,
  expected: {
    readonly nodeId: Hex
    readonly receiptKey: Address
    readonly domain: ReceiptDomain
    readonly now: bigint
  },
): { readonly publicKey: Uint8Array | null; readonly notAfter: bigint; readonly steps: readonly VerificationStep[] } {
  const list = createStepList()
  const sealing = evidence.sealingKey
  if (sealing === null) {
    list.check('sealing key', false, { code: 'NO_SEALING_KEY', detail: 'the node offers no sealing key' })
    return { publicKey: null, notAfter: 0n, steps: list.steps }
  }
  const { statement, signature } = sealing
  list.check('sealing key node', statement.nodeId === expected.nodeId, {
    code: 'SEALING_KEY_NODE',
    detail: 'the sealing key belongs to another node',
  })
  list.check('sealing key validity', expected.now >= statement.notBefore && expected.now <= statement.notAfter, {
    code: 'SEALING_KEY_EXPIRED',
    detail: `the sealing key is not valid at ${expected.now}`,
  })
  list.check(
    'sealing key signature',
    isSignedBy({ digest: hashSealingKey(statement, expected.domain), signature, signer: expected.receiptKey }),
    {
      code: 'SEALING_KEY_SIGNATURE',
      detail: 'the sealing key is not signed by the receipt key of the manifest',
    },
  )
  return { publicKey: bytesOf(statement.publicKey), notAfter: statement.notAfter, steps: list.steps }
}

/** True when `signer` made this signature over this digest; false for every malformed signature. */
export function isSignedBy(
  claim: { readonly digest: Hex; readonly signature: Hex; readonly signer: Address },
  recover?: RecoverPublicKey,
): boolean {
  try {
    return recoverSigner(claim.digest, claim.signature, recover).toLowerCase() === claim.signer.toLowerCase()
  } catch {
    return false
  }
}

function earliest(times: readonly [bigint, ...bigint[]]): bigint {
  let [first] = times
  for (const time of times) if (time < first) first = time
  return first
}

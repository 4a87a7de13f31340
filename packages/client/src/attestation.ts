import type { Hex, KeyManifest } from '@og/settlement'
import type { AttestationEvidence } from './fetch-node-evidence.js'
import type { Verification } from './verification.js'
import { VerificationError } from './verification-error.js'
import type { EnclaveFacts, VerifiedNode } from './verify-node.js'

/** What `client.attest` found out about a node: the whole verdict, and what it stands on. */
export interface Attestation extends EnclaveFacts {
  readonly nodeId: Hex
  readonly baseUrl: string
  readonly platform: 'intel' | 'simulated'
  /** Unix seconds up to which it is believed: the earliest of manifest, sealing key, collateral and the client's own limit. */
  readonly validUntil: bigint
  /** The keys, payees and contracts that the quote binds. */
  readonly manifest: KeyManifest
  /** The quote, its collateral and the nonce that it answers: enough for anybody to judge it again. */
  readonly evidence: AttestationEvidence
  readonly verification: Verification
}

/** Tells all about an attested node. @throws VerificationError `VERIFICATION_ATTESTATION` when it is not attested */
export function attestationOf(node: VerifiedNode): Attestation {
  const { nodeId, platform, baseUrl, validUntil, manifest, enclave, attestation, steps, notChecked } = node
  if (platform === null || enclave === null || attestation === null) {
    throw new VerificationError('VERIFICATION_ATTESTATION', 'the node is not attested')
  }
  const verification = { ok: true, nodeId, platform, label: null, steps, notChecked }
  return { ...enclave, nodeId, baseUrl, platform, validUntil, manifest, evidence: attestation, verification }
}

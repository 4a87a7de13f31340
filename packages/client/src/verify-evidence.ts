import type { Hex } from '@og/settlement'
import { type Attestation, attestationOf } from './attestation.js'
import { MAX_ATTESTATION_BYTES } from './defaults.js'
import { type NodeEvidence, parseNodeEvidence } from './fetch-node-evidence.js'
import { readJsonObject } from './read-json.js'
import { checkTrustPolicy, type TrustPolicy } from './trust.js'
import { failedStepOf } from './verification.js'
import { VerificationError } from './verification-error.js'
import { verifyNode } from './verify-node.js'

/** Options of {@link verifyEvidence}. */
export interface VerifyEvidenceOptions {
  /** Which enclaves are believed. */
  readonly policy: TrustPolicy
  /** Unix seconds. */
  readonly now: bigint
}

/** Verdict of {@link verifyEvidence}. */
export type EvidenceVerdict =
  | { readonly ok: true; readonly attestation: Attestation }
  | {
      readonly ok: false
      /** `MALFORMED` for what cannot be read, `NOT_ATTESTED` for a node that offers no quote, else the code of the failed check. */
      readonly code: string
      readonly detail: string
      /** The node that is meant, as far as its manifest hashes to it. */
      readonly nodeId: Hex | null
    }

const NONCE_LENGTH = 66

/**
 * Judges what a node shows on `GET /v1/attestation` where it is in hand already, without asking anybody: the same checks as `client.attest()`,
 * but the nonce is the evidence's own, so nothing says when it was made or who brings it. It proves which code drew these keys.
 * @throws ClientError `INVALID_OPTIONS` for a policy that is none
 */
export function verifyEvidence(body: string | Uint8Array, { policy, now }: VerifyEvidenceOptions): EvidenceVerdict {
  const trust = checkTrustPolicy(policy)
  const json = readJsonObject(body, MAX_ATTESTATION_BYTES)
  if (json === undefined) return malformed('it is no JSON object')
  let evidence: NodeEvidence
  try {
    evidence = parseNodeEvidence(json)
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error
    return malformed(error.verification?.steps[0]?.detail ?? 'it cannot be read')
  }
  const { manifest, attestation } = evidence
  if (attestation !== null && attestation.nonce.length !== NONCE_LENGTH) return malformed('the nonce is not 32 bytes')
  const verdict = verifyNode(evidence, {
    baseUrl: manifest.endpoint,
    nonce: attestation?.nonce ?? '0x',
    now,
    // It is believed for as long as the manifest and the quote themselves hold.
    ttlSeconds: manifest.notAfter,
    trust,
  })
  if (verdict.ok && verdict.attestationFailure === null) return { ok: true, attestation: attestationOf(verdict.node) }
  const failed = verdict.ok ? verdict.attestationFailure : failedStepOf(verdict.steps)
  const { name = 'attestation', code = 'NOT_ATTESTED', detail = 'failed' } = failed ?? {}
  return { ok: false, code, detail: `${name}: ${detail}`, nodeId: verdict.ok ? verdict.node.nodeId : null }
}

function malformed(detail: string): EvidenceVerdict {
  return { ok: false, code: 'MALFORMED', detail, nodeId: null }
}

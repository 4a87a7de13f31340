import {
  type Endpoint,
  encodeManifest,
  encodeOffer,
  encodeReceipt,
  encodeTerms,
  hashRequest,
  hashTranscript,
  transcriptOf,
} from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import type { AnswerReceipt } from './answer-receipt.js'
import { paymentJson } from './payment-json.js'
import type { JsonObject, JsonValue } from './read-json.js'
import type { VerifiedNode } from './verify-node.js'

/** What is known when a verification fails. */
export interface FailureEvidence {
  readonly node?: VerifiedNode | undefined
  readonly payment?: PaymentPayload | undefined
  readonly answer?: AnswerReceipt | undefined
  readonly request?: JsonObject | undefined
  readonly response?: { readonly endpoint: Endpoint; readonly body: JsonObject } | undefined
}

/** Writes down what a node signed and said, without a word of prompt or answer: their hashes tell what they were. */
export function failureEvidenceOf({ node, payment, answer, request, response }: FailureEvidence): JsonObject {
  return {
    version: 'og-evidence-1',
    ...(node === undefined
      ? {}
      : {
          baseUrl: node.baseUrl,
          nodeId: node.nodeId,
          manifest: encodeManifest(node.manifest),
          ...(node.attestation === null ? {} : { attestation: { ...node.attestation } }),
        }),
    ...(payment === undefined ? {} : { payment: paymentJson(payment) }),
    ...(answer === undefined
      ? {}
      : {
          receipt: encodeReceipt(answer.receipt),
          terms: encodeTerms(answer.terms),
          signature: answer.signature,
          salts: answer.salts,
          offer: encodeOffer(answer.offer),
          offerSignature: answer.offerSignature,
        }),
    ...(request === undefined ? {} : { requestHash: hashRequest(request) }),
    ...(response === undefined ? {} : { responseHash: transcriptHashOf(response) }),
  }
}

/** The hash of the answer that came; null when it has no transcript. */
function transcriptHashOf({ endpoint, body }: { readonly endpoint: Endpoint; readonly body: JsonObject }): JsonValue {
  try {
    return hashTranscript(transcriptOf(endpoint, body))
  } catch {
    return null
  }
}

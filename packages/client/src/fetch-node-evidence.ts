import {
  type Hex,
  type JsonObject,
  type KeyManifest,
  parseManifest,
  parseSealingKey,
  type SealingKeyStatement,
} from '@og/settlement'
import { ClientError } from './client-error.js'
import { type Fetch, MAX_ATTESTATION_BYTES, NODE_ANSWER_TIMEOUT_MS } from './defaults.js'
import { objectAt, readBytes, readJsonObject, stringAt } from './read-json.js'
import { refusedVerification } from './verification.js'
import { VerificationError } from './verification-error.js'

/** What a node says about itself on `GET /v1/attestation`: parsed, and not yet believed. */
export interface NodeEvidence {
  readonly nodeId: Hex
  readonly manifest: KeyManifest
  readonly sealingKey: { readonly statement: SealingKeyStatement; readonly signature: Hex } | null
  readonly attestation: AttestationEvidence | null
}

/** A quote with what is needed to judge it. */
export interface AttestationEvidence {
  readonly quote: Hex
  readonly collateral: JsonObject
  readonly nonce: Hex
}

/** Options of {@link fetchNodeEvidence}. */
export interface FetchNodeEvidenceOptions {
  readonly baseUrl: string
  /** 32 fresh random bytes. */
  readonly nonce: Hex
  readonly fetch: Fetch
  /** 30 seconds unless told otherwise: callers share this request, and nobody else ends it. */
  readonly timeoutMs?: number
}

/**
 * Asks a node for its manifest, sealing key and quote.
 * @throws ClientError `NODE_UNAVAILABLE` when it cannot be reached, `VERIFICATION_ATTESTATION` when its answer cannot be read.
 */
export async function fetchNodeEvidence(options: FetchNodeEvidenceOptions): Promise<NodeEvidence> {
  const url = `${options.baseUrl}/v1/attestation?nonce=${options.nonce}`
  let response: Response
  let bytes: Uint8Array
  try {
    response = await options.fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs ?? NODE_ANSWER_TIMEOUT_MS),
    })
    bytes = await readBytes(response.body, MAX_ATTESTATION_BYTES)
  } catch (cause) {
    throw new ClientError('NODE_UNAVAILABLE', `no answer from ${options.baseUrl}/v1/attestation`, { cause })
  }
  if (response.status !== 200) {
    throw new ClientError('NODE_UNAVAILABLE', `${options.baseUrl}/v1/attestation answered ${response.status}`, {
      status: response.status,
    })
  }
  return parseNodeEvidence(readJsonObject(bytes, MAX_ATTESTATION_BYTES))
}

/** Reads what a node shows. @throws VerificationError `VERIFICATION_ATTESTATION` when it cannot be read */
export function parseNodeEvidence(json: JsonObject | undefined): NodeEvidence {
  try {
    const sealing = objectAt(json, 'sealingKey')
    const attestation = objectAt(json, 'attestation')
    return {
      nodeId: hexAt(json, 'nodeId'),
      manifest: parseManifest(json?.['manifest']),
      sealingKey: sealing
        ? { statement: parseSealingKey(sealing['statement']), signature: hexAt(sealing, 'signature') }
        : null,
      attestation: attestation
        ? {
            quote: hexAt(attestation, 'quote'),
            collateral: objectAt(attestation, 'collateral') ?? {},
            nonce: hexAt(attestation, 'nonce'),
          }
        : null,
    }
  } catch (cause) {
    throw new VerificationError('VERIFICATION_ATTESTATION', "the node's attestation document cannot be read", {
      reason: 'MALFORMED',
      verification: refusedVerification(null, {
        name: 'attestation document',
        ok: false,
        code: 'MALFORMED',
        detail: cause instanceof Error ? cause.message : 'it cannot be read',
      }),
      cause,
    })
  }
}

function hexAt(json: JsonObject | undefined, key: string): Hex {
  const value = stringAt(json, key)
  if (value === undefined || !/^0x(?:[0-9a-f]{2})*$/i.test(value)) throw new TypeError(`${key} is not hexadecimal`)
  return `0x${value.slice(2).toLowerCase()}`
}

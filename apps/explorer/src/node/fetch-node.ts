import {
  type Hex,
  type JsonObject,
  type JsonValue,
  type KeyManifest,
  nodeIdOf,
  parseManifest,
  parseStrictJson,
} from '@og/settlement'
import { isHex } from 'viem'
import { readText } from '../read-text.js'

const maxAnswerBytes = 1_048_576

/** What a node says about itself. */
export interface NodeStatementOfItself {
  readonly manifest: KeyManifest
  readonly nodeId: Hex
  readonly nonce: Hex
  readonly attestation: { readonly quote: Hex; readonly collateral: JsonObject } | null
}

/** Asks a public route of a node. @throws Error with a sentence for the visitor. */
export async function fetchNodeJson(endpoint: string, path: string): Promise<JsonObject> {
  const response = await fetch(`${endpoint}${path}`, {
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {
    throw new Error('The node does not answer.')
  })
  const text = await readText(response, {
    maxBytes: maxAnswerBytes,
    sentence: 'The node answered more than this page reads.',
  })
  if (!response.ok) throw new Error(`The node answered ${response.status}.`)
  const json = parseStrictJson(text)
  if (!isObject(json)) throw new Error('The node answered no object.')
  return json
}

/** Asks a node for a fresh quote over a nonce of this page. */
export async function fetchNodeStatement(endpoint: string): Promise<NodeStatementOfItself> {
  const nonce = freshNonce()
  const answer = await fetchNodeJson(endpoint, `/v1/attestation?nonce=${nonce}`)
  const manifest = parseManifest(answer['manifest'])
  const attestation = answer['attestation']
  return { manifest, nodeId: nodeIdOf(manifest), nonce, attestation: attestationOf(attestation) }
}

function attestationOf(value: unknown): NodeStatementOfItself['attestation'] {
  if (value === null || value === undefined) return null
  if (typeof value !== 'object' || !('quote' in value) || !('collateral' in value)) {
    throw new Error('The node sent an attestation that cannot be read.')
  }
  const { quote, collateral } = value
  if (!isHex(quote) || typeof collateral !== 'object' || collateral === null) {
    throw new Error('The node sent an attestation that cannot be read.')
  }
  return { quote, collateral: { ...collateral } }
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function freshNonce(): Hex {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

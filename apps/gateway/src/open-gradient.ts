import { bytesOf, type Hex, type JsonObject, keccak256, SettlementError } from '@og/settlement'
import {
  encodeTeeFields,
  hashChatRequest,
  hashCompletionRequest,
  hashMessage,
  hashOutput,
  outputOf,
  parsePythonJson,
  signTeeMessage,
  teeIdOf,
} from '@og/settlement/opengradient'
import { GatewayError } from './gateway-error.js'

/** The key that OpenGradient's clients know a node by: RSA, born in this process's memory like every other key. */
export interface TeeKey {
  /** Keccak-256 of the key as DER SubjectPublicKeyInfo. */
  readonly teeId: Hex
  readonly publicKeyPem: string
  /** The `tee_*` fields of an answer; `body` is the unstreamed answer. */
  readonly fieldsFor: (claim: TeeClaim) => Promise<JsonObject>
}

/** What an OpenGradient proof is about. */
interface TeeClaim {
  readonly requestHash: Hex
  readonly body: JsonObject
  /** Unix seconds. */
  readonly timestamp: bigint
}

/** Draws a key. */
export async function createTeeKey(): Promise<TeeKey> {
  const { subtle } = globalThis.crypto
  const { privateKey, publicKey } = await subtle.generateKey(
    { name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )
  const der = new Uint8Array(await subtle.exportKey('spki', publicKey))
  const teeId = teeIdOf(der)
  return {
    teeId,
    publicKeyPem: pemOf(der),
    fieldsFor: async ({ requestHash, body, timestamp }) => {
      const outputHash = hashOutput(outputOf(parsePythonJson(JSON.stringify(body))))
      const message = { requestHash, outputHash, timestamp }
      const signature = await signTeeMessage(hashMessage(message), { subtle, privateKey })
      return { ...encodeTeeFields({ ...message, signature, teeId }) }
    },
  }
}

/**
 * Hashes a request as OpenGradient's gateway does. It reads the bytes and not the parsed body: `1` and `1.0` are two requests to it.
 * @throws GatewayError `invalid_request` for what OpenGradient's own gateway would not take
 */
export function hashOpenGradientRequest(endpoint: string, bytes: Uint8Array): Hex {
  try {
    const request = parsePythonJson(bytes)
    return endpoint === 'completions' ? hashCompletionRequest(request) : hashChatRequest(request)
  } catch (cause) {
    if (!(cause instanceof SettlementError)) throw cause
    throw new GatewayError(
      'invalid_request',
      'X-SETTLEMENT-TYPE asks for tee_* fields, whose rules this request breaks.',
      {
        cause,
      },
    )
  }
}

/** What the receipt key signs to call a TEE key its own: `keccak256("OpenGradient TEE key" ‖ nodeId ‖ teeId)`. */
export function teeKeyDigest(nodeId: Hex, teeId: Hex): Hex {
  return keccak256(
    Buffer.concat([Buffer.from('OpenGradient TEE key', 'utf8'), bytesOf(nodeId, 32), bytesOf(teeId, 32)]),
  )
}

/** What OpenGradient's clients look for beside the `tee_*` fields: its completions answer in a member of their own. */
export function openGradientExtras(endpoint: string, body: JsonObject): JsonObject {
  if (endpoint !== 'completions') return {}
  const choices = body['choices'] as readonly JsonObject[]
  return { completion: choices[0]?.['text'] ?? '' }
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}

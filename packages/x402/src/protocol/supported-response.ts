import { X402Error } from '../x402-error.js'
import { isJsonObject, type JsonObject, parseJsonObject } from './json.js'
import { readArray, readInteger, readOptionalObject, readText } from './json-reader.js'
import { type Network, parseNetwork } from './network.js'

/** One scheme on one network that a facilitator serves. */
export interface SupportedKind {
  readonly x402Version: number
  readonly scheme: string
  readonly network: Network
  readonly extra?: JsonObject
}

/** A facilitator's answer to `GET /supported`. */
export interface SupportedResponse {
  readonly kinds: readonly SupportedKind[]
  readonly extensions: readonly string[]
  /** Signer addresses by CAIP family, such as `eip155:*`. */
  readonly signers: { readonly [family: string]: readonly string[] }
}

function texts(value: unknown, path: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > 1024 || !value.every((item) => typeof item === 'string')) {
    throw new X402Error('MALFORMED_MESSAGE', `${path}: expected texts`)
  }
  return value
}

function parseKind(input: unknown): SupportedKind | undefined {
  const object = parseJsonObject(input)
  const x402Version = readInteger(object, 'x402Version', { min: 1, max: 255 })
  // v1 kinds name networks without a colon; this package does not speak v1.
  if (x402Version !== 2) return undefined
  const extra = readOptionalObject(object, 'extra')
  return {
    x402Version,
    scheme: readText(object, 'scheme', 64),
    network: parseNetwork(object['network']),
    ...(extra === undefined ? {} : { extra }),
  }
}

/**
 * Reads a facilitator's list of what it serves. Kinds of other x402 versions are left out.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_NETWORK`
 */
export function parseSupportedResponse(input: unknown): SupportedResponse {
  const object = parseJsonObject(input)
  const signers = object['signers'] ?? {}
  if (!isJsonObject(signers)) throw new X402Error('MALFORMED_MESSAGE', 'signers: expected an object')
  return {
    kinds: readArray(object, 'kinds', 1024).flatMap((kind) => parseKind(kind) ?? []),
    extensions: texts(object['extensions'], 'extensions'),
    signers: Object.fromEntries(Object.entries(signers).map(([family, list]) => [family, texts(list, 'signers')])),
  }
}

import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Address, isSameAddress, parseAddress } from '../address.js'
import { recoverSigner } from '../evm/signature.js'
import { type Hex, isHex } from '../hex.js'
import { keccakHex } from '../keccak.js'
import { encodeBase64Text } from '../protocol/base64.js'
import { decodeHeaderObject } from '../protocol/header.js'
import { isJsonObject, type JsonObject } from '../protocol/json.js'
import { readOptionalText, readText } from '../protocol/json-reader.js'
import { evmChainId, type Network } from '../protocol/network.js'
import { X402Error } from '../x402-error.js'

/** Key of the extension, and name of the request header, by which a payer proves an address. */
export const SIGN_IN_EXTENSION = 'sign-in-with-x'
/** Header of a request that proves an address instead of paying. */
export const SIGN_IN_HEADER = 'SIGN-IN-WITH-X'

/** A proof of an address (CAIP-122 over EIP-4361), as it travels. */
export interface SignInProof {
  readonly domain: string
  readonly address: Address
  readonly statement?: string
  readonly uri: string
  readonly version: string
  readonly chainId: Network
  readonly nonce: string
  /** RFC 3339. */
  readonly issuedAt: string
  readonly expirationTime?: string
  readonly notBefore?: string
  readonly requestId?: string
  readonly resources?: readonly string[]
  readonly signature: Hex
}

type Unsigned = Omit<SignInProof, 'signature'>

const LINE = /^[^\r\n]*$/

/** The text that is signed (EIP-4361). */
function messageOf(proof: Unsigned): string {
  const lines = [
    `${proof.domain} wants you to sign in with your Ethereum account:`,
    proof.address,
    '',
    ...(proof.statement === undefined ? [''] : [proof.statement, '']),
    `URI: ${proof.uri}`,
    `Version: ${proof.version}`,
    `Chain ID: ${evmChainId(proof.chainId)}`,
    `Nonce: ${proof.nonce}`,
    `Issued At: ${proof.issuedAt}`,
  ]
  if (proof.expirationTime !== undefined) lines.push(`Expiration Time: ${proof.expirationTime}`)
  if (proof.notBefore !== undefined) lines.push(`Not Before: ${proof.notBefore}`)
  if (proof.requestId !== undefined) lines.push(`Request ID: ${proof.requestId}`)
  if (proof.resources !== undefined && proof.resources.length > 0) {
    lines.push('Resources:', ...proof.resources.map((resource) => `- ${resource}`))
  }
  return lines.join('\n')
}

function digestOf(proof: Unsigned): Hex {
  const message = utf8ToBytes(messageOf(proof))
  // EIP-191, version 0x45.
  return keccakHex(utf8ToBytes(`\x19Ethereum Signed Message:\n${message.length}`), message)
}

/** What a server puts into a 402 so that a payer can come back for what it paid for. */
export function signInExtension(options: {
  readonly url: string
  readonly networks: readonly Network[]
  readonly nonce: string
  /** Unix seconds. */
  readonly now: bigint
  readonly statement?: string
}): JsonObject {
  const { url, networks, nonce, now, statement } = options
  return {
    info: {
      domain: new URL(url).host,
      uri: url,
      version: '1',
      nonce,
      issuedAt: new Date(Number(now) * 1000).toISOString(),
      resources: [url],
      ...(statement === undefined ? {} : { statement }),
    },
    supportedChains: networks.map((chainId) => ({ chainId, type: 'eip191' })),
    schema: { type: 'object', required: ['domain', 'address', 'uri', 'version', 'chainId', 'nonce', 'signature'] },
  }
}

function readLine(object: JsonObject, key: string, maxLength = 2048): string {
  const value = readText(object, key, maxLength)
  // A line break would let one field pose as another in the signed text.
  if (!LINE.test(value)) throw new X402Error('MALFORMED_MESSAGE', `${key}: expected one line`)
  return value
}

function readOptionalLine(object: JsonObject, key: string): string | undefined {
  const value = readOptionalText(object, key, 2048)
  if (value !== undefined && !LINE.test(value)) throw new X402Error('MALFORMED_MESSAGE', `${key}: expected one line`)
  return value
}

function readResources(object: JsonObject): readonly string[] | undefined {
  const value = object['resources'] ?? undefined
  if (value === undefined) return undefined
  const isList = Array.isArray(value) && value.length <= 32
  if (!isList || !value.every((item) => typeof item === 'string' && item.length <= 2048 && LINE.test(item))) {
    throw new X402Error('MALFORMED_MESSAGE', 'resources: expected at most 32 lines')
  }
  return value as readonly string[] // every item was checked to be text
}

/**
 * Reads a `SIGN-IN-WITH-X` header.
 * @throws X402Error `MALFORMED_HEADER`, `MALFORMED_MESSAGE`, `INVALID_ADDRESS`, `INVALID_NETWORK`
 */
export function decodeSignIn(header: string): SignInProof {
  const object = decodeHeaderObject(header)
  const signature = object['signature']
  if (object['type'] !== 'eip191' || !isHex(signature, 65)) {
    throw new X402Error('MALFORMED_MESSAGE', 'expected a 65-byte signature of type eip191')
  }
  const chainId = readLine(object, 'chainId', 64)
  const optional = {
    statement: readOptionalLine(object, 'statement'),
    expirationTime: readOptionalLine(object, 'expirationTime'),
    notBefore: readOptionalLine(object, 'notBefore'),
    requestId: readOptionalLine(object, 'requestId'),
    resources: readResources(object),
  }
  return {
    domain: readLine(object, 'domain'),
    address: parseAddress(object['address']),
    uri: readLine(object, 'uri', 8192),
    version: readLine(object, 'version', 16),
    chainId: `eip155:${evmChainId(chainId)}`,
    nonce: readLine(object, 'nonce', 128),
    issuedAt: readLine(object, 'issuedAt', 64),
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<Unsigned>),
    signature,
  }
}

/** Why a proof is refused. */
export type SignInRefusal =
  | 'wrong_domain'
  | 'wrong_uri'
  | 'wrong_version'
  | 'not_current'
  | 'malformed_nonce'
  | 'invalid_signature'

/** Options of {@link verifySignIn}. */
export interface VerifySignInOptions {
  /** The URL that the server was reached under. */
  readonly url: string
  /** Unix seconds. */
  readonly now: bigint
  /** How old a proof may be, in seconds; 300 when absent. */
  readonly maxAgeSeconds?: bigint
}

function secondsOf(time: string | undefined): number {
  return time === undefined ? Number.NaN : Date.parse(time) / 1000
}

/**
 * Judges a proof of a plain account: made for this origin, current, signed by the address. Its nonce must then be used
 * once only, which is the store's to know.
 */
export function verifySignIn(
  proof: SignInProof,
  options: VerifySignInOptions,
): { readonly ok: true; readonly address: Address } | { readonly ok: false; readonly code: SignInRefusal } {
  const { origin, host } = new URL(options.url)
  const now = Number(options.now)
  if (proof.domain !== host) return { ok: false, code: 'wrong_domain' }
  if (!URL.canParse(proof.uri) || new URL(proof.uri).origin !== origin) return { ok: false, code: 'wrong_uri' }
  if (proof.version !== '1') return { ok: false, code: 'wrong_version' }
  if (!/^[A-Za-z0-9]{8,128}$/.test(proof.nonce)) return { ok: false, code: 'malformed_nonce' }
  const age = now - secondsOf(proof.issuedAt)
  // Thirty seconds for clocks that differ; not-a-number fails every comparison.
  const isCurrent = age >= -30 && age <= Number(options.maxAgeSeconds ?? 300n)
  const isUnexpired = proof.expirationTime === undefined || secondsOf(proof.expirationTime) > now
  const isBegun = proof.notBefore === undefined || secondsOf(proof.notBefore) <= now + 30
  if (!isCurrent || !isUnexpired || !isBegun) return { ok: false, code: 'not_current' }
  try {
    const signer = recoverSigner(digestOf(proof), proof.signature)
    if (isSameAddress(signer, proof.address)) return { ok: true, address: proof.address }
  } catch {
    // Not a canonical signature: refused below.
  }
  return { ok: false, code: 'invalid_signature' }
}

/** Whoever can sign a text for an address (EIP-191). A viem account is one. */
export interface MessageSigner {
  readonly address: Address
  signMessage(request: { message: string }): Promise<Hex>
}

/**
 * Answers a server's sign-in challenge: the value of the `SIGN-IN-WITH-X` header. Challenges for another origin than the
 * one that was asked are refused.
 * @throws X402Error `MALFORMED_MESSAGE`, `NO_ACCEPTABLE_REQUIREMENTS` when the challenge is for another origin or chain
 */
export async function createSignIn(
  extension: unknown,
  options: { readonly url: string; readonly network: Network; readonly signer: MessageSigner },
): Promise<string> {
  const info = isJsonObject(extension) ? extension['info'] : undefined
  const chains = isJsonObject(extension) ? extension['supportedChains'] : undefined
  if (!isJsonObject(info) || !Array.isArray(chains)) {
    throw new X402Error('MALFORMED_MESSAGE', `${SIGN_IN_EXTENSION}: expected info and supportedChains`)
  }
  const { host, origin } = new URL(options.url)
  const uri = readLine(info, 'uri', 8192)
  const isHere = info['domain'] === host && URL.canParse(uri) && new URL(uri).origin === origin
  if (!isHere || !chains.some((chain) => isJsonObject(chain) && chain['chainId'] === options.network)) {
    throw new X402Error('NO_ACCEPTABLE_REQUIREMENTS', 'the sign-in challenge is for another origin or chain')
  }
  const statement = readOptionalLine(info, 'statement')
  const expirationTime = readOptionalLine(info, 'expirationTime')
  const resources = readResources(info)
  const proof: Unsigned = {
    domain: host,
    address: options.signer.address,
    uri,
    version: readLine(info, 'version', 16),
    chainId: options.network,
    nonce: readLine(info, 'nonce', 128),
    issuedAt: readLine(info, 'issuedAt', 64),
    ...(statement === undefined ? {} : { statement }),
    ...(expirationTime === undefined ? {} : { expirationTime }),
    ...(resources === undefined ? {} : { resources }),
  }
  const signature = await options.signer.signMessage({ message: messageOf(proof) })
  return encodeBase64Text(JSON.stringify({ ...proof, type: 'eip191', signature }))
}

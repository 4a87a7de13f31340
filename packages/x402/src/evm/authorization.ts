import { type Address, parseAddress, type ReadAddress } from '../address.js'
import { type Hex, hexOf, isHex, lowerHex } from '../hex.js'
import { parseAtomicAmount } from '../protocol/amount.js'
import { isJsonObject, type JsonObject } from '../protocol/json.js'
import { readObject } from '../protocol/json-reader.js'
import { X402Error } from '../x402-error.js'
import { uintWord } from './abi.js'

/** A signed EIP-3009 `TransferWithAuthorization`, as numbers and checksummed addresses. */
export interface TransferAuthorization {
  readonly method: 'eip3009'
  readonly from: Address
  readonly to: Address
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  /** 32 bytes, lower-case. */
  readonly nonce: Hex
}

/** A signed Permit2 `PermitWitnessTransferFrom` for one of the x402 proxies. */
export interface PermitAuthorization {
  readonly method: 'permit2'
  readonly from: Address
  readonly to: Address
  readonly token: Address
  readonly value: bigint
  readonly spender: Address
  readonly validAfter: bigint
  readonly validBefore: bigint
  /** The 256-bit Permit2 nonce as 32 bytes, lower-case. */
  readonly nonce: Hex
  /** Who may settle; in the witness of `upto` only. */
  readonly facilitator?: Address
}

/** Either kind of authorization. */
export type Authorization = TransferAuthorization | PermitAuthorization

/** An authorization with the signature as it came. */
export interface SignedAuthorization {
  readonly authorization: Authorization
  readonly signature: Hex
}

/** Longest signature that is read, in bytes: contract wallets send long ones. */
const MAX_SIGNATURE_BYTES = 8192

function readSignature(object: JsonObject): Hex {
  const value = object['signature']
  if (typeof value !== 'string' || value.length > 2 + MAX_SIGNATURE_BYTES * 2 || !isHex(value)) {
    throw new X402Error('MALFORMED_MESSAGE', `signature: expected hex of at most ${MAX_SIGNATURE_BYTES} bytes`)
  }
  return lowerHex(value)
}

function parseTransfer(object: JsonObject, readAddress: ReadAddress): TransferAuthorization {
  const nonce = object['nonce']
  if (!isHex(nonce, 32)) throw new X402Error('MALFORMED_MESSAGE', 'nonce: expected 32 bytes of hex')
  return {
    method: 'eip3009',
    from: readAddress(object['from']),
    to: readAddress(object['to']),
    value: parseAtomicAmount(object['value']),
    validAfter: parseAtomicAmount(object['validAfter']),
    validBefore: parseAtomicAmount(object['validBefore']),
    nonce: lowerHex(nonce),
  }
}

function parsePermit(object: JsonObject, readAddress: ReadAddress): PermitAuthorization {
  const permitted = readObject(object, 'permitted')
  const witness = readObject(object, 'witness')
  const facilitator = witness['facilitator']
  return {
    method: 'permit2',
    from: readAddress(object['from']),
    to: readAddress(witness['to']),
    token: readAddress(permitted['token']),
    value: parseAtomicAmount(permitted['amount']),
    spender: readAddress(object['spender']),
    validAfter: parseAtomicAmount(witness['validAfter']),
    validBefore: parseAtomicAmount(object['deadline']),
    nonce: hexOf(uintWord(parseAtomicAmount(object['nonce']))),
    ...(facilitator === undefined ? {} : { facilitator: readAddress(facilitator) }),
  }
}

/**
 * Reads the `payload` member of an `exact` or `upto` payment.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_AMOUNT`, `INVALID_ADDRESS`; also when it holds both kinds, or neither
 */
export function parseAuthorization(payload: JsonObject, readAddress: ReadAddress = parseAddress): SignedAuthorization {
  const transfer = payload['authorization']
  const permit = payload['permit2Authorization']
  const signature = readSignature(payload)
  if (isJsonObject(transfer) && permit === undefined)
    return { authorization: parseTransfer(transfer, readAddress), signature }
  if (isJsonObject(permit) && transfer === undefined)
    return { authorization: parsePermit(permit, readAddress), signature }
  throw new X402Error('MALFORMED_MESSAGE', 'payload: expected one of authorization and permit2Authorization')
}

/** Writes a signed authorization in the wire's spelling; {@link parseAuthorization} reads it back. */
export function encodeAuthorization({ authorization: a, signature }: SignedAuthorization): JsonObject {
  if (a.method === 'eip3009') {
    return {
      signature,
      authorization: {
        from: a.from,
        to: a.to,
        value: a.value.toString(),
        validAfter: a.validAfter.toString(),
        validBefore: a.validBefore.toString(),
        nonce: a.nonce,
      },
    }
  }
  return {
    signature,
    permit2Authorization: {
      from: a.from,
      permitted: { token: a.token, amount: a.value.toString() },
      spender: a.spender,
      nonce: BigInt(a.nonce).toString(),
      deadline: a.validBefore.toString(),
      witness: {
        to: a.to,
        ...(a.facilitator === undefined ? {} : { facilitator: a.facilitator }),
        validAfter: a.validAfter.toString(),
      },
    },
  }
}

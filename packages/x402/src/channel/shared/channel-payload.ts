import { type Address, parseAddress, type ReadAddress } from '../../address.js'
import { type Hex, isHex, lowerHex } from '../../hex.js'
import { parseAtomicAmount } from '../../protocol/amount.js'
import { isJsonObject, type JsonObject } from '../../protocol/json.js'
import { readArray, readObject, readText } from '../../protocol/json-reader.js'
import { X402Error } from '../../x402-error.js'
import { type ChannelConfig, encodeChannelConfig, parseChannelConfig } from './channel-config.js'
import { MAX_UINT128, PERMIT2_DEPOSIT_COLLECTOR_ADDRESS } from './channel-contracts.js'
import type { DepositAuthorization, Voucher } from './channel-typed-data.js'

/** A voucher with its signature as it came. */
export interface SignedVoucher extends Voucher {
  readonly signature: Hex
}

/** A signed deposit with the contract that may bring it. */
export interface SignedDeposit {
  /** What goes into the channel, in atomic units. */
  readonly amount: bigint
  readonly authorization: DepositAuthorization
  readonly signature: Hex
  /** Who may collect a Permit2 deposit, as the payload says. */
  readonly spender: Address | undefined
}

/** One row of a claim, as servers hand it to facilitators. */
export interface VoucherClaim {
  readonly config: ChannelConfig
  readonly maxClaimableAmount: bigint
  readonly signature: Hex
  readonly totalClaimed: bigint
}

/** Names one logical call, so that a repetition after a lost answer is told from a new call. Official peers ignore it. */
interface NamedCall {
  /** 32 bytes, drawn by the client; absent with foreign clients. */
  readonly callId?: Hex
}

/** A call that is paid from money in the channel. */
export interface VoucherPayload extends NamedCall {
  readonly type: 'voucher'
  readonly config: ChannelConfig
  readonly voucher: SignedVoucher
}

/** A call that opens the channel or adds to it first. */
export interface DepositPayload extends NamedCall {
  readonly type: 'deposit'
  readonly config: ChannelConfig
  readonly voucher: SignedVoucher
  readonly deposit: SignedDeposit
}

/** A wish for money back; the voucher says what was charged until now. */
export interface RefundPayload {
  readonly type: 'refund'
  readonly config: ChannelConfig
  readonly voucher: SignedVoucher
  /** Everything that is left when absent. */
  readonly amount: bigint | undefined
  /** What the server adds before it asks the facilitator. */
  readonly order: RefundSettlement | undefined
}

/** The server's part of a refund. */
export interface RefundSettlement {
  readonly nonce: bigint
  readonly claims: readonly VoucherClaim[]
  readonly refundSignature: Hex | undefined
  readonly claimSignature: Hex | undefined
}

/** A batch of claims. */
export interface ClaimPayload {
  readonly type: 'claim'
  readonly claims: readonly VoucherClaim[]
  readonly claimSignature: Hex | undefined
}

/** A sweep of what was claimed. */
export interface SettlePayload {
  readonly type: 'settle'
  readonly receiver: Address
  readonly token: Address
}

/** Everything that the `payload` member of this scheme can be. */
export type ChannelPayload = VoucherPayload | DepositPayload | RefundPayload | ClaimPayload | SettlePayload

/** Most claims in one message. */
const MAX_CLAIMS = 500
const MAX_SIGNATURE_BYTES = 8192

function readSignature(object: JsonObject, key = 'signature'): Hex {
  const value = object[key]
  if (!isHex(value) || value.length > 2 + MAX_SIGNATURE_BYTES * 2) {
    throw new X402Error('MALFORMED_MESSAGE', `${key}: expected hex of at most ${MAX_SIGNATURE_BYTES} bytes`)
  }
  return lowerHex(value)
}

function readOptionalSignature(object: JsonObject, key: string): Hex | undefined {
  return object[key] === undefined || object[key] === null ? undefined : readSignature(object, key)
}

function readBytes32(object: JsonObject, key: string): Hex {
  const value = object[key]
  if (!isHex(value, 32)) throw new X402Error('MALFORMED_MESSAGE', `${key}: expected 32 bytes of hex`)
  return lowerHex(value)
}

/**
 * Reads a `uint128` of atomic units.
 * @throws X402Error `INVALID_AMOUNT`
 */
export function parseUint128(value: unknown): bigint {
  const amount = parseAtomicAmount(value)
  if (amount > MAX_UINT128) throw new X402Error('INVALID_AMOUNT', 'more than a uint128 holds')
  return amount
}

function parseVoucher(object: JsonObject): SignedVoucher {
  return {
    channelId: readBytes32(object, 'channelId'),
    maxClaimableAmount: parseUint128(object['maxClaimableAmount']),
    signature: readSignature(object),
  }
}

function parseDeposit(object: JsonObject, parties: { config: ChannelConfig; channelId: Hex }): SignedDeposit {
  const value = parseUint128(object['amount'])
  const authorization = readObject(object, 'authorization')
  const receive = authorization['erc3009Authorization']
  const permit = authorization['permit2Authorization']
  const { config, channelId } = parties
  if (isJsonObject(receive) && permit === undefined) {
    return {
      amount: value,
      authorization: {
        method: 'eip3009',
        from: config.payer,
        value,
        validAfter: parseAtomicAmount(receive['validAfter']),
        validBefore: parseAtomicAmount(receive['validBefore']),
        channelId,
        salt: readBytes32(receive, 'salt'),
      },
      signature: readSignature(receive),
      spender: undefined,
    }
  }
  if (isJsonObject(permit) && receive === undefined) {
    const permitted = readObject(permit, 'permitted')
    return {
      amount: value,
      authorization: {
        method: 'permit2',
        from: parseAddress(permit['from']),
        token: parseAddress(permitted['token']),
        value: parseAtomicAmount(permitted['amount']),
        nonce: parseAtomicAmount(permit['nonce']),
        validBefore: parseAtomicAmount(permit['deadline']),
        channelId: readBytes32(readObject(permit, 'witness'), 'channelId'),
      },
      signature: readSignature(permit),
      spender: parseAddress(permit['spender']),
    }
  }
  throw new X402Error('MALFORMED_MESSAGE', 'deposit: expected one of erc3009Authorization and permit2Authorization')
}

function parseClaim(input: unknown): VoucherClaim {
  if (!isJsonObject(input)) throw new X402Error('MALFORMED_MESSAGE', 'claims: expected objects')
  const voucher = readObject(input, 'voucher')
  return {
    config: parseChannelConfig(readObject(voucher, 'channel')),
    maxClaimableAmount: parseUint128(voucher['maxClaimableAmount']),
    signature: readSignature(input),
    totalClaimed: parseUint128(input['totalClaimed']),
  }
}

function parseRefundSettlement(payload: JsonObject): RefundSettlement | undefined {
  if (payload['refundNonce'] === undefined && payload['claims'] === undefined) return undefined
  return {
    nonce: parseAtomicAmount(payload['refundNonce']),
    claims: readArray(payload, 'claims', MAX_CLAIMS).map(parseClaim),
    refundSignature: readOptionalSignature(payload, 'refundAuthorizerSignature'),
    claimSignature: readOptionalSignature(payload, 'claimAuthorizerSignature'),
  }
}

function parseCallHead(payload: JsonObject, readAddress: ReadAddress): Omit<VoucherPayload, 'type'> {
  const config = parseChannelConfig(readObject(payload, 'channelConfig'), readAddress)
  const voucher = parseVoucher(readObject(payload, 'voucher'))
  return payload['callId'] === undefined
    ? { config, voucher }
    : { config, voucher, callId: readBytes32(payload, 'callId') }
}

/** Reads a payment that adds to its channel. @throws X402Error as {@link parseChannelPayload} does */
export function parseDepositPayload(payload: JsonObject, readAddress: ReadAddress = parseAddress): DepositPayload {
  const head = parseCallHead(payload, readAddress)
  const parties = { config: head.config, channelId: head.voucher.channelId }
  return { type: 'deposit', ...head, deposit: parseDeposit(readObject(payload, 'deposit'), parties) }
}

/**
 * Reads the `payload` member of a `batch-settlement` payment.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_AMOUNT`, `INVALID_ADDRESS`
 */
export function parseChannelPayload(payload: JsonObject, readAddress: ReadAddress = parseAddress): ChannelPayload {
  const type = readText(payload, 'type', 16)
  if (type === 'claim') {
    const claims = readArray(payload, 'claims', MAX_CLAIMS).map(parseClaim)
    if (claims.length === 0) throw new X402Error('MALFORMED_MESSAGE', 'claims: expected at least one')
    return { type, claims, claimSignature: readOptionalSignature(payload, 'claimAuthorizerSignature') }
  }
  if (type === 'settle') {
    return { type, receiver: parseAddress(payload['receiver']), token: parseAddress(payload['token']) }
  }
  if (type !== 'voucher' && type !== 'deposit' && type !== 'refund') {
    throw new X402Error('MALFORMED_MESSAGE', 'type: expected voucher, deposit, refund, claim or settle')
  }
  if (type === 'voucher') return { type, ...parseCallHead(payload, readAddress) }
  if (type === 'deposit') return parseDepositPayload(payload, readAddress)
  const config = parseChannelConfig(readObject(payload, 'channelConfig'), readAddress)
  const voucher = parseVoucher(readObject(payload, 'voucher'))
  const amount = payload['amount']
  return {
    type,
    config,
    voucher,
    amount: amount === undefined || amount === null ? undefined : parseUint128(amount),
    order: parseRefundSettlement(payload),
  }
}

function encodeVoucher(voucher: SignedVoucher): JsonObject {
  return {
    channelId: voucher.channelId,
    maxClaimableAmount: voucher.maxClaimableAmount.toString(),
    signature: voucher.signature,
  }
}

function encodeDeposit({ amount, authorization: a, signature }: SignedDeposit): JsonObject {
  const authorization: JsonObject =
    a.method === 'eip3009'
      ? {
          erc3009Authorization: {
            validAfter: a.validAfter.toString(),
            validBefore: a.validBefore.toString(),
            salt: a.salt,
            signature,
          },
        }
      : {
          permit2Authorization: {
            from: a.from,
            permitted: { token: a.token, amount: a.value.toString() },
            spender: PERMIT2_DEPOSIT_COLLECTOR_ADDRESS,
            nonce: a.nonce.toString(),
            deadline: a.validBefore.toString(),
            witness: { channelId: a.channelId },
            signature,
          },
        }
  return { amount: amount.toString(), authorization }
}

function encodeClaim(claim: VoucherClaim): JsonObject {
  return {
    voucher: { channel: encodeChannelConfig(claim.config), maxClaimableAmount: claim.maxClaimableAmount.toString() },
    signature: claim.signature,
    totalClaimed: claim.totalClaimed.toString(),
  }
}

/** Writes what a payer sends: a voucher, a deposit, or the wish to get the rest back. */
export function encodePayerPayload(payload: VoucherPayload | DepositPayload | RefundPayload): JsonObject {
  const { type } = payload
  const common = { type, channelConfig: encodeChannelConfig(payload.config), voucher: encodeVoucher(payload.voucher) }
  if (type === 'refund') {
    return payload.amount === undefined ? common : { ...common, amount: payload.amount.toString() }
  }
  const named = payload.callId === undefined ? common : { ...common, callId: payload.callId }
  return type === 'voucher' ? named : { ...named, deposit: encodeDeposit(payload.deposit) }
}

/** Writes a channel payload in the wire's spelling; {@link parseChannelPayload} reads it back. */
export function encodeChannelPayload(payload: ChannelPayload): JsonObject {
  const { type } = payload
  if (type === 'settle') return { type, receiver: payload.receiver, token: payload.token }
  if (type === 'claim') {
    const { claimSignature } = payload
    return {
      type,
      claims: payload.claims.map(encodeClaim),
      ...(claimSignature === undefined ? {} : { claimAuthorizerSignature: claimSignature }),
    }
  }
  const content = encodePayerPayload(payload)
  const order = type === 'refund' ? payload.order : undefined
  if (order === undefined) return content
  return {
    ...content,
    refundNonce: order.nonce.toString(),
    claims: order.claims.map(encodeClaim),
    ...(order.refundSignature === undefined ? {} : { refundAuthorizerSignature: order.refundSignature }),
    ...(order.claimSignature === undefined ? {} : { claimAuthorizerSignature: order.claimSignature }),
  }
}

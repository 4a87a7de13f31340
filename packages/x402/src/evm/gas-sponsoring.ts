import { isSameAddress, parseAddress } from '../address.js'
import { bytesOf, type Hex, hexOf, isHex } from '../hex.js'
import { keccakBytes, keccakText } from '../keccak.js'
import { parseAtomicAmount } from '../protocol/amount.js'
import { isJsonObject, type JsonObject } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { addressWord, decodeUint, encodeCall, uintWord } from './abi.js'
import type { PermitAuthorization } from './authorization.js'
import type { ChainReader } from './chain.js'
import { PERMIT2_ADDRESS } from './contracts.js'
import type { InspectedAuthorization } from './inspect-authorization.js'
import { parseEcdsaSignature, recoverSigner } from './signature.js'
import { type PaymentSigner, signWith, type TypedData } from './signer.js'
import { hashTokenDomain, type TokenDomain } from './typed-data.js'

/** Key of the extension by which a payer's first approval of Permit2 travels with the payment (EIP-2612). */
export const GAS_SPONSORING_EXTENSION = 'eip2612GasSponsoring'

/** What a server puts into a 402 when its facilitator submits approvals. */
export function gasSponsoringExtension(): JsonObject {
  const text = { type: 'string' }
  const names = ['from', 'asset', 'spender', 'amount', 'nonce', 'deadline', 'signature', 'version']
  return {
    info: { description: 'The facilitator submits an EIP-2612 approval of Permit2.', version: '1' },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, text])),
      required: names,
    },
  }
}

/** A payer's signed approval of Permit2, for exactly what the payment permits. */
export interface SponsoredApproval {
  readonly value: bigint
  readonly nonce: bigint
  /** Unix seconds. */
  readonly deadline: bigint
  /** 65 bytes, canonical. */
  readonly signature: Hex
}

const PERMIT = 'Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)'

function approvalDigest(approval: Omit<SponsoredApproval, 'signature'>, owner: Hex, domain: TokenDomain): Hex {
  const struct = keccakBytes(
    keccakText(PERMIT),
    addressWord(owner),
    addressWord(PERMIT2_ADDRESS),
    uintWord(approval.value),
    uintWord(approval.nonce),
    uintWord(approval.deadline),
  )
  return hexOf(keccakBytes(bytesOf('0x1901'), bytesOf(hashTokenDomain(domain)), struct))
}

function approvalTypedData(approval: Omit<SponsoredApproval, 'signature'>, owner: Hex, domain: TokenDomain): TypedData {
  const { value, nonce, deadline } = approval
  return {
    domain: { ...domain, chainId: Number(domain.chainId) },
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: { owner, spender: PERMIT2_ADDRESS, value, nonce, deadline },
  }
}

async function readUint(
  chain: Pick<ChainReader, 'call'>,
  asset: Hex,
  call: { signature: string; words: readonly Uint8Array[] },
): Promise<bigint | undefined> {
  const answer = await chain.call({ to: asset, data: encodeCall(call.signature, call.words) })
  return answer.status === 'success' ? decodeUint(answer.data) : undefined
}

/** How much of a token Permit2 may move for an owner; `undefined` when the token does not say. */
export function readPermit2Allowance(
  chain: Pick<ChainReader, 'call'>,
  of: { readonly asset: Hex; readonly owner: Hex },
): Promise<bigint | undefined> {
  const words = [addressWord(of.owner), addressWord(PERMIT2_ADDRESS)]
  return readUint(chain, of.asset, { signature: 'allowance(address,address)', words })
}

/**
 * Signs the approval that a first Permit2 payment lacks, for exactly its amount; `undefined` when the server does not
 * offer to submit one, the allowance suffices, or the token has no EIP-2612.
 */
export async function signSponsoredApproval(
  authorization: PermitAuthorization,
  context: {
    readonly offered: JsonObject | undefined
    readonly chain: Pick<ChainReader, 'call'>
    readonly domain: TokenDomain
    readonly signer: PaymentSigner
  },
): Promise<JsonObject | undefined> {
  const { offered, chain, domain, signer } = context
  const extension = offered?.[GAS_SPONSORING_EXTENSION]
  if (!isJsonObject(extension) || domain.name === '') return undefined
  const { from, token: asset, value } = authorization
  const allowance = await readPermit2Allowance(chain, { asset, owner: from })
  if (allowance === undefined || allowance >= value) return undefined
  const nonce = await readUint(chain, asset, { signature: 'nonces(address)', words: [addressWord(from)] })
  if (nonce === undefined) return undefined
  const approval = { value, nonce, deadline: authorization.validBefore }
  const signed = await signWith(signer, {
    digest: () => approvalDigest(approval, from, domain),
    typedData: () => approvalTypedData(approval, from, domain),
  })
  const declared = isJsonObject(extension['info']) ? extension['info'] : {}
  const info = {
    ...declared,
    from,
    asset,
    spender: PERMIT2_ADDRESS,
    amount: value.toString(),
    nonce: nonce.toString(),
    deadline: approval.deadline.toString(),
    signature: parseEcdsaSignature(signed),
    version: '1',
  }
  return { [GAS_SPONSORING_EXTENSION]: { ...extension, info } }
}

/** Reads the approval that travels with a payment; `undefined` when there is none. */
export function parseSponsoredApproval(
  payload: PaymentPayload,
  inspected: InspectedAuthorization,
  now: bigint,
): SponsoredApproval | Refusal | undefined {
  const extension = payload.extensions?.[GAS_SPONSORING_EXTENSION]
  const info = isJsonObject(extension) ? extension['info'] : undefined
  const { authorization, asset, domain } = inspected
  // A declaration that was only echoed carries no approval.
  if (!isJsonObject(info) || info['signature'] === undefined || authorization.method !== 'permit2') return undefined
  let approval: SponsoredApproval
  try {
    const { signature, from } = info
    if (!isHex(signature, 65) || info['version'] !== '1') {
      return refusal('invalid_eip2612_extension_format', 'expected version 1 and a 65-byte signature')
    }
    if (!isSameAddress(parseAddress(from), authorization.from)) {
      return refusal('eip2612_from_mismatch', 'the approval is not the payer’s')
    }
    if (!isSameAddress(parseAddress(info['asset']), asset)) {
      return refusal('eip2612_asset_mismatch', 'the approval is for another token')
    }
    if (!isSameAddress(parseAddress(info['spender']), PERMIT2_ADDRESS)) {
      return refusal('eip2612_spender_not_permit2', 'the approval is not for Permit2')
    }
    approval = {
      value: parseAtomicAmount(info['amount']),
      nonce: parseAtomicAmount(info['nonce']),
      deadline: parseAtomicAmount(info['deadline']),
      signature: parseEcdsaSignature(signature),
    }
  } catch {
    return refusal('invalid_eip2612_extension_format', 'the approval is malformed')
  }
  if (approval.value !== authorization.value) {
    return refusal('permit2_2612_amount_mismatch', 'the approval must be for exactly the permitted amount')
  }
  if (approval.deadline < now + 6n) return refusal('eip2612_deadline_expired', 'the approval expires too soon')
  const signer = recoverSigner(approvalDigest(approval, authorization.from, domain), approval.signature)
  return isSameAddress(signer, authorization.from)
    ? approval
    : refusal('invalid_eip2612_extension_format', 'the approval is signed by another key')
}

import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { authorizationTypes } from '@x402/evm'
import { type Address, getAddress, type Hex, verifyTypedData } from 'viem'

/** The signed part of an EIP-3009 payment as it stands on the wire. */
interface WireAuthorization {
  readonly from: Address
  readonly to: Address
  readonly value: string
  readonly validAfter: string
  readonly validBefore: string
  readonly nonce: Hex
}

/**
 * The rules of the official facilitator's `verify` for `exact` with EIP-3009 that need no chain, in its order, with viem's `verifyTypedData`
 * in place of its signature check. Left out: contract wallets, whether the asset is a contract, and the simulation of the transfer.
 */
export async function verifyByOfficialRules(
  payload: PaymentPayload,
  requirements: PaymentRequirements,
  now: bigint,
): Promise<boolean> {
  if (payload.accepted.scheme !== 'exact' || requirements.scheme !== 'exact') return false
  const { name, version } = (requirements.extra ?? {}) as { readonly name?: string; readonly version?: string }
  if (!name || !version) return false
  if (payload.accepted.network !== requirements.network) return false
  const authorization = payload.payload['authorization'] as unknown as WireAuthorization
  const isSigned = await verifyTypedData({
    address: authorization.from,
    domain: {
      name,
      version,
      chainId: Number(requirements.network.slice('eip155:'.length)),
      verifyingContract: getAddress(requirements.asset),
    },
    types: authorizationTypes,
    primaryType: 'TransferWithAuthorization',
    message: {
      from: authorization.from,
      to: authorization.to,
      value: BigInt(authorization.value),
      validAfter: BigInt(authorization.validAfter),
      validBefore: BigInt(authorization.validBefore),
      nonce: authorization.nonce,
    },
    signature: payload.payload['signature'] as Hex,
  })
  if (!isSigned) return false
  if (getAddress(authorization.to) !== getAddress(requirements.payTo)) return false
  if (BigInt(authorization.validBefore) < now + 6n) return false
  if (BigInt(authorization.validAfter) > now) return false
  return BigInt(authorization.value) === BigInt(requirements.amount)
}

import { bytesOf, type Hex } from '../hex.js'
import { addressWord, bytes32Word, encodeCall, uintWord } from './abi.js'
import type { PermitAuthorization, TransferAuthorization } from './authorization.js'
import type { SponsoredApproval } from './gas-sponsoring.js'

const TRANSFER_ARGS = 'address,address,uint256,uint256,uint256,bytes32'
const APPROVAL_TUPLE = '(uint256,uint256,bytes32,bytes32,uint8)'
const PERMIT_TUPLE = '((address,uint256),uint256,uint256)'

/** Calldata of `transferWithAuthorization`: the v,r,s form for 65 bytes, the `bytes` form for contract wallets. */
export function transferCalldata(a: TransferAuthorization, signature: Hex): Hex {
  const words = [
    addressWord(a.from),
    addressWord(a.to),
    uintWord(a.value),
    uintWord(a.validAfter),
    uintWord(a.validBefore),
    bytes32Word(a.nonce),
  ]
  const bytes = bytesOf(signature)
  if (bytes.length !== 65) {
    return encodeCall(`transferWithAuthorization(${TRANSFER_ARGS},bytes)`, words, bytes)
  }
  return encodeCall(`transferWithAuthorization(${TRANSFER_ARGS},uint8,bytes32,bytes32)`, [
    ...words,
    uintWord(BigInt(bytes[64] ?? 0)),
    bytes.subarray(0, 32),
    bytes.subarray(32, 64),
  ])
}

function approvalWords({ value, deadline, signature }: SponsoredApproval): Uint8Array[] {
  const bytes = bytesOf(signature)
  const v = uintWord(BigInt(bytes[64] ?? 0))
  return [uintWord(value), uintWord(deadline), bytes.subarray(0, 32), bytes.subarray(32, 64), v]
}

function permitWords(a: PermitAuthorization): Uint8Array[] {
  return [addressWord(a.token), uintWord(a.value), bytes32Word(a.nonce), uintWord(a.validBefore)]
}

/** Calldata of `x402ExactPermit2Proxy.settle`, or of `settleWithPermit` with an approval. */
export function exactPermitCalldata(a: PermitAuthorization, signature: Hex, approval?: SponsoredApproval): Hex {
  const args = `${PERMIT_TUPLE},address,(address,uint256),bytes`
  return encodeCall(
    approval === undefined ? `settle(${args})` : `settleWithPermit(${APPROVAL_TUPLE},${args})`,
    [
      ...(approval === undefined ? [] : approvalWords(approval)),
      ...permitWords(a),
      addressWord(a.from),
      addressWord(a.to),
      uintWord(a.validAfter),
    ],
    bytesOf(signature),
  )
}

/** Calldata of `x402UptoPermit2Proxy.settle`, or of `settleWithPermit`; `amount` is what is charged. */
export function uptoPermitCalldata(
  a: PermitAuthorization & { readonly facilitator: Hex },
  charge: { readonly signature: Hex; readonly amount: bigint; readonly approval?: SponsoredApproval },
): Hex {
  const args = `${PERMIT_TUPLE},uint256,address,(address,address,uint256),bytes`
  const { approval } = charge
  return encodeCall(
    approval === undefined ? `settle(${args})` : `settleWithPermit(${APPROVAL_TUPLE},${args})`,
    [
      ...(approval === undefined ? [] : approvalWords(approval)),
      ...permitWords(a),
      uintWord(charge.amount),
      addressWord(a.from),
      addressWord(a.to),
      addressWord(a.facilitator),
      uintWord(a.validAfter),
    ],
    bytesOf(charge.signature),
  )
}

import type { Hex } from '@og/settlement'
import { EXACT_PERMIT2_PROXY_ADDRESS, type PermitAuthorization, UPTO_PERMIT2_PROXY_ADDRESS } from '@og/x402/evm'
import { isSameAddress } from '../same-address.js'
import { encodeCall, topicOf } from './abi.js'
import type { TransactionLog } from './erc20.js'

/** A transaction that went through, as far as it shows what it called. */
export interface CalledTransaction {
  readonly to: string
  readonly input: string
  readonly logs: readonly TransactionLog[]
}

/** What a transaction must have settled. */
export interface PermitSettlement {
  readonly authorization: PermitAuthorization
  /** Atomic units that were charged. */
  readonly amount: bigint
  /**
   * keccak256 of the code of the called contract: the known `BatchFacilitator` does just what it is called with. What another contract does
   * with its input, and what its events are worth, only its operator knows.
   */
  readonly codeHash: Hex | undefined
}

/** keccak256 of the code of `BatchFacilitator` (`@og/x402`), the same wherever it is deployed. */
const BATCH_FACILITATOR_CODE_HASH = '0x90e982c8f4b32f75d0f7f6c74ef92ef8d1205231811eac7f49a9f9692310f5d8'

const APPROVAL = '(uint256,uint256,bytes32,bytes32,uint8)'
/** Digits of the EIP-2612 approval, which stands before the permit where there is one. */
const APPROVAL_DIGITS = 5 * 64
const PERMIT = '((address,uint256),uint256,uint256)'

/** The proxy that settles an authorization. */
export function proxyOf({ facilitator }: PermitAuthorization): Hex {
  return facilitator === undefined ? EXACT_PERMIT2_PROXY_ADDRESS : UPTO_PERMIT2_PROXY_ADDRESS
}

/**
 * Whether a transaction settled this very authorization for this very amount. Permit2 emits nothing that names a nonce, so the call itself must:
 * straight to the proxy of the scheme, or as an item of a batch contract, whose event says what became of it.
 */
export function isPermitSettledBy(
  { to, input, logs }: CalledTransaction,
  { authorization, amount, codeHash }: PermitSettlement,
): boolean {
  // An exact payment moves all that was signed; its call does not say so again.
  if (authorization.facilitator === undefined && amount !== authorization.value) return false
  const isOwnCall = ownCallOf(authorization, amount)
  const proxy = proxyOf(authorization)
  if (isSameAddress(to, proxy)) return isOwnCall(input.slice(2).toLowerCase())
  if (codeHash !== BATCH_FACILITATOR_CODE_HASH) return false
  const items = itemsOf(input.toLowerCase())
  const [done, failed] = [topicOf('ItemSettled(bytes32)'), topicOf('ItemFailed(bytes32)')]
  const outcomes = logs.flatMap(({ address, topics: [event] }) =>
    isSameAddress(address, to) && (event === done || event === failed) ? [event === done] : [],
  )
  // One for each item, in their order; more of them come from calls within calls.
  return (
    outcomes.length === items.length &&
    items.some(({ target, data }, index) => outcomes[index] === true && isSameAddress(target, proxy) && isOwnCall(data))
  )
}

/** Tells the proxy's call that settles an authorization, as digits; the signature in it was judged by the proxy. */
function ownCallOf(a: PermitAuthorization, amount: bigint): (data: string) => boolean {
  const { facilitator } = a
  const isExact = facilitator === undefined
  const args = isExact
    ? `${PERMIT},address,(address,uint256),bytes)`
    : `${PERMIT},uint256,address,(address,address,uint256),bytes)`
  const permit = [a.token, a.value, a.nonce, a.validBefore]
  const words = isExact ? [a.from, a.to, a.validAfter] : [amount, a.from, a.to, facilitator, a.validAfter]
  const plain = encodeCall(`settle(${args}`, [...permit, ...words]).slice(2)
  const approving = encodeCall(`settleWithPermit(${APPROVAL},${args}`, []).slice(2)
  return (data) =>
    data.startsWith(plain) ||
    (data.startsWith(approving) && data.startsWith(plain.slice(8), approving.length + APPROVAL_DIGITS))
}

/** Reads `execute((bytes32 key, address target, uint256 gasLimit, bytes data)[])` as the contract does; no items for other calls. */
function itemsOf(input: string): readonly { readonly target: string; readonly data: string }[] {
  const selector = encodeCall('execute((bytes32,address,uint256,bytes)[])', [])
  if (!input.startsWith(selector)) return []
  const args = input.slice(selector.length)
  const digits = (at: number, bytes: number): string => args.slice(2 * at, 2 * (at + bytes))
  // Beyond the end there are no digits, and nothing that is compared with them is equal.
  const number = (at: number): number => Number(`0x0${digits(at, 32)}`)
  const list = number(0)
  const first = list + 32
  const count = Math.min(number(list), args.length / 64)
  return Array.from({ length: count }, (_, index) => {
    const item = first + number(first + 32 * index)
    const data = item + number(item + 96)
    return { target: `0x${digits(item + 44, 20)}`, data: digits(data + 32, number(data)) }
  })
}

import { type Address, parseAddress, ZERO_ADDRESS } from '../../address.js'
import type { TokenDomain } from '../../evm/typed-data.js'
import { parseAtomicAmount } from '../../protocol/amount.js'
import { evmChainId } from '../../protocol/network.js'
import { amountOf, type PaymentRequirements } from '../../protocol/payment-requirements.js'
import { CHANNEL_SCHEME, MAX_UINT128, MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY } from './channel-contracts.js'
import { channelDomainSeparator } from './channel-typed-data.js'

/** What requirements of `batch-settlement` say. */
export interface ChannelTerms {
  readonly chainId: bigint
  readonly receiver: Address
  readonly receiverAuthorizer: Address
  readonly token: Address
  /** Seconds. */
  readonly withdrawDelay: number
  /** Most that one call may cost, in atomic units. */
  readonly amount: bigint
  /** How the server wants deposits signed. */
  readonly method: 'eip3009' | 'permit2'
  /** The token's EIP-712 domain; deposits by EIP-3009 need it. */
  readonly domain: TokenDomain | undefined
  /** What every digest of a channel on this chain begins with. */
  readonly domainSeparator: Uint8Array
  /** Deposit that the server asks for, when it says so and it covers a call. */
  readonly minDeposit: bigint | undefined
}

function minDepositOf(value: unknown, amount: bigint): bigint | undefined {
  if (value === undefined || value === null) return undefined
  const announced = parseAtomicAmount(value)
  return announced >= amount && announced > 0n && announced <= MAX_UINT128 ? announced : undefined
}

/** The channel reading of payment requirements, or `undefined` when they are not for this scheme on an EVM network. */
export function channelTermsOf(requirements: PaymentRequirements): ChannelTerms | undefined {
  if (requirements.scheme !== CHANNEL_SCHEME) return undefined
  const extra = requirements.extra ?? {}
  const { name, version, withdrawDelay = MIN_WITHDRAW_DELAY, assetTransferMethod: method = 'eip3009' } = extra
  if (method !== 'eip3009' && method !== 'permit2') return undefined
  if (typeof withdrawDelay !== 'number' || !Number.isSafeInteger(withdrawDelay)) return undefined
  if (withdrawDelay < MIN_WITHDRAW_DELAY || withdrawDelay > MAX_WITHDRAW_DELAY) return undefined
  try {
    const chainId = evmChainId(requirements.network)
    const receiver = parseAddress(requirements.payTo)
    const receiverAuthorizer = parseAddress(extra['receiverAuthorizer'])
    const token = parseAddress(requirements.asset)
    const amount = amountOf(requirements)
    if ([receiver, receiverAuthorizer, token].includes(ZERO_ADDRESS) || amount > MAX_UINT128) return undefined
    const named =
      typeof name === 'string' && typeof version === 'string' && name !== '' && version !== '' && name.length <= 256
    return {
      chainId,
      receiver,
      receiverAuthorizer,
      token,
      withdrawDelay,
      amount,
      method,
      domainSeparator: channelDomainSeparator(chainId),
      domain: named && version.length <= 64 ? { name, version, chainId, verifyingContract: token } : undefined,
      minDeposit: minDepositOf(extra['minDeposit'], amount),
    }
  } catch {
    return undefined
  }
}

/** Everything that requirements say to channels. */
function membersOf({ scheme, network, asset, payTo, amount, extra }: PaymentRequirements): readonly unknown[] {
  return [
    extra?.['withdrawDelay'],
    scheme,
    network,
    asset,
    payTo,
    amount,
    extra?.['receiverAuthorizer'],
    extra?.['name'],
    extra?.['version'],
    extra?.['assetTransferMethod'],
    extra?.['minDeposit'],
  ]
}

/** The same as one text; `undefined` for unusual requirements. */
function keyOf([withdrawDelay, ...texts]: readonly unknown[]): string | undefined {
  if (withdrawDelay !== undefined && typeof withdrawDelay !== 'number') return undefined
  let key = `${withdrawDelay === undefined ? '-' : withdrawDelay};`
  for (const value of texts) {
    if (value !== undefined && typeof value !== 'string') return undefined
    // The length tells where a value ends, whatever is in it.
    key += value === undefined ? '-' : `${value.length}:${value}`
  }
  return key
}

const MAX_TERMS = 256

/** Builds a reader that keeps the last readings, by what requirements say. */
export function createTermsReader(): typeof channelTermsOf {
  const known = new Map<string, ChannelTerms>()
  // Most servers have one price: comparing its members is less than writing them as one text.
  let last: { readonly members: readonly unknown[]; readonly terms: ChannelTerms } | undefined
  return (requirements) => {
    const members = membersOf(requirements)
    if (last?.members.every((member, index) => member === members[index])) return last.terms
    const key = keyOf(members)
    if (key === undefined) return channelTermsOf(requirements)
    let terms = known.get(key)
    if (terms === undefined) {
      terms = channelTermsOf(requirements)
      if (terms === undefined) return undefined
      if (known.size >= MAX_TERMS) known.clear()
      known.set(key, terms)
    }
    last = { members, terms }
    return terms
  }
}

import { type Address, parseAddress, ZERO_ADDRESS } from '../address.js'
import { evmChainId } from '../protocol/network.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { permit2DomainSeparator, type TokenDomain, tokenDomainSeparator } from './typed-data.js'

/** The scheme names that the EVM entry implements. */
export type EvmScheme = 'exact' | 'upto'

/** The EVM reading of payment requirements. */
export interface EvmTarget {
  readonly scheme: EvmScheme
  readonly method: 'eip3009' | 'permit2'
  readonly chainId: bigint
  readonly asset: Address
  readonly payTo: Address
  /** The token domain of `extra.name` and `extra.version`; `undefined` when they are not stated. */
  readonly domain: TokenDomain | undefined
  /** Who may settle an `upto` payment, as stated. */
  readonly facilitator: unknown
}

/** The token domain that requirements state; `undefined` when they do not. */
function tokenDomainOf(
  extra: { readonly [key: string]: unknown },
  token: { readonly chainId: bigint; readonly asset: Address },
): TokenDomain | undefined {
  const { name, version } = extra
  if (typeof name !== 'string' || typeof version !== 'string' || name === '' || version === '') return undefined
  if (name.length > 256 || version.length > 64) return undefined
  return { name, version, chainId: token.chainId, verifyingContract: token.asset }
}

/** The EVM reading of payment requirements, or `undefined` when they are not for these schemes. */
export function evmTargetOf(requirements: PaymentRequirements): EvmTarget | undefined {
  const { scheme } = requirements
  if (scheme !== 'exact' && scheme !== 'upto') return undefined
  const extra = requirements.extra ?? {}
  const method = extra['assetTransferMethod'] ?? (scheme === 'upto' ? 'permit2' : 'eip3009')
  if (method !== 'permit2' && (method !== 'eip3009' || scheme === 'upto')) return undefined
  try {
    const asset = parseAddress(requirements.asset)
    const payTo = parseAddress(requirements.payTo)
    if (asset === ZERO_ADDRESS || payTo === ZERO_ADDRESS) return undefined
    const chainId = evmChainId(requirements.network)
    return {
      scheme,
      method,
      chainId,
      asset,
      payTo,
      domain: tokenDomainOf(extra, { chainId, asset }),
      facilitator: extra['facilitatorAddress'],
    }
  } catch {
    return undefined
  }
}

/** A target with what every digest under it begins with. */
interface PreparedTarget extends EvmTarget {
  readonly domainSeparator: Uint8Array | undefined
}

/** Reads requirements; a cache remembers what it has read before. */
export type ReadTarget = (requirements: PaymentRequirements) => PreparedTarget | undefined

function prepare(target: EvmTarget): PreparedTarget {
  const { method, domain, chainId } = target
  const token = domain === undefined ? undefined : tokenDomainSeparator(domain)
  return { ...target, domainSeparator: method === 'permit2' ? permit2DomainSeparator(chainId) : token }
}

/** Reads requirements for one look at them. */
export const readTarget: ReadTarget = (requirements) => {
  const target = evmTargetOf(requirements)
  return target === undefined ? undefined : prepare(target)
}

/** Everything of requirements that a target depends on, as one text; `undefined` for unusual ones. */
function keyOf({ scheme, network, asset, payTo, extra }: PaymentRequirements): string | undefined {
  const members = extra ?? {}
  let key = ''
  for (const value of [
    scheme,
    network,
    asset,
    payTo,
    members['assetTransferMethod'],
    members['name'],
    members['version'],
    members['facilitatorAddress'],
  ]) {
    if (value !== undefined && typeof value !== 'string') return undefined
    // The length tells where a value ends, whatever is in it.
    key += value === undefined ? '-' : `${value.length}:${value}`
  }
  return key
}

const MAX_TARGETS = 256

/**
 * Builds a reader that keeps the last readings. Keys are what requirements say, never the object itself, which its owner
 * may change.
 */
export function createTargetReader(): ReadTarget {
  const targets = new Map<string, PreparedTarget>()
  return (requirements) => {
    const key = keyOf(requirements)
    const known = key === undefined ? undefined : targets.get(key)
    if (known !== undefined) return known
    const target = readTarget(requirements)
    if (target === undefined || key === undefined) return target
    if (targets.size >= MAX_TARGETS) targets.clear()
    targets.set(key, target)
    return target
  }
}

import { isSameAddress } from '../address.js'
import type { Network } from '../protocol/network.js'
import { amountOf, type PaymentRequirements } from '../protocol/payment-requirements.js'
import { X402Error } from '../x402-error.js'

/** What a client may pay without asking. Amounts are atomic units of the asset; name one asset, or sums mix units. */
export interface SpendPolicy {
  /** Most that one call may authorize. */
  readonly maxAmountPerCall: bigint
  /** Most that may be authorized within any 3600 seconds. */
  readonly maxAmountPerHour?: bigint
  /** Most that may ever be authorized for one host (name and port), as long as this client lives. */
  readonly maxAmountPerHost?: bigint
  /**
   * Most that one payment channel may hold unspent: locked, not spent. Ten times `maxAmountPerCall` when absent, and never
   * more than `maxAmountPerHour` or `maxAmountPerHost` allow.
   */
  readonly maxDeposit?: bigint
  /** CAIP-2 networks; every one that a scheme supports when absent. */
  readonly networks?: readonly Network[]
  /** Token addresses; every one when absent. */
  readonly assets?: readonly string[]
  /** Payee addresses; every one when absent. */
  readonly payees?: readonly string[]
  /** Longest validity that is signed, in seconds; one day when absent. */
  readonly maxTimeoutSeconds?: number
}

const DEFAULT_MAX_TIMEOUT_SECONDS = 86_400
const HOUR = 3600n

/**
 * Judges one way to pay against the policy, budgets aside.
 * @throws X402Error `NETWORK_NOT_ALLOWED`, `ASSET_NOT_ALLOWED`, `PAYEE_NOT_ALLOWED`, `PRICE_ABOVE_CAP`, `VALIDITY_TOO_LONG`
 */
export function checkSpendPolicy(requirements: PaymentRequirements, policy: SpendPolicy): void {
  const { networks, assets, payees, maxTimeoutSeconds = DEFAULT_MAX_TIMEOUT_SECONDS } = policy
  if (networks !== undefined && !networks.includes(requirements.network)) {
    throw new X402Error('NETWORK_NOT_ALLOWED', `the policy does not allow paying on ${requirements.network}`)
  }
  if (assets !== undefined && !assets.some((asset) => isSameAddress(asset, requirements.asset))) {
    throw new X402Error('ASSET_NOT_ALLOWED', 'the policy does not allow this asset')
  }
  if (payees !== undefined && !payees.some((payee) => isSameAddress(payee, requirements.payTo))) {
    throw new X402Error('PAYEE_NOT_ALLOWED', 'the policy does not allow this payee')
  }
  if (amountOf(requirements) > policy.maxAmountPerCall) {
    throw new X402Error(
      'PRICE_ABOVE_CAP',
      `asked for ${requirements.amount} atomic units, the policy allows ${policy.maxAmountPerCall} per call`,
    )
  }
  if (requirements.maxTimeoutSeconds > maxTimeoutSeconds) {
    throw new X402Error('VALIDITY_TOO_LONG', `asked for ${requirements.maxTimeoutSeconds} s of validity`)
  }
}

const DEFAULT_DEPOSIT_CALLS = 10n

/** Most that a policy lets one payment channel hold unspent, in atomic units. */
export function maxDepositOf(policy: SpendPolicy): bigint {
  const { maxAmountPerCall, maxAmountPerHour, maxAmountPerHost } = policy
  const limits = [policy.maxDeposit ?? maxAmountPerCall * DEFAULT_DEPOSIT_CALLS, maxAmountPerHour, maxAmountPerHost]
  return limits.reduce<bigint>(
    (least, limit) => (limit !== undefined && limit < least ? limit : least),
    limits[0] ?? 0n,
  )
}

/** Running totals of what was authorized. */
export interface Budget {
  /**
   * Takes an amount out of the budgets, at once or not at all; the returned function gives it back.
   * @throws X402Error `BUDGET_EXHAUSTED`
   */
  take(spend: { readonly amount: bigint; readonly host: string; readonly now: bigint }): () => void
}

/** Builds the running totals of one policy. Authorized amounts count, not what servers say they charged. */
export function createBudget(policy: SpendPolicy): Budget {
  // In the order in which they were taken; what is older than an hour goes out at the head.
  const recent = new Set<{ readonly amount: bigint; readonly at: bigint }>()
  let lastHour = 0n
  const hosts = new Map<string, bigint>()
  return {
    take({ amount, host, now }) {
      for (const spend of recent) {
        if (spend.at > now - HOUR) break
        recent.delete(spend)
        lastHour -= spend.amount
      }
      const atHost = hosts.get(host) ?? 0n
      if (policy.maxAmountPerHour !== undefined && lastHour + amount > policy.maxAmountPerHour) {
        throw new X402Error('BUDGET_EXHAUSTED', 'the hourly budget is used up')
      }
      if (policy.maxAmountPerHost !== undefined && atHost + amount > policy.maxAmountPerHost) {
        throw new X402Error('BUDGET_EXHAUSTED', 'the budget of this host is used up')
      }
      const spend = { amount, at: now }
      recent.add(spend)
      lastHour += amount
      hosts.set(host, atHost + amount)
      return () => {
        if (recent.delete(spend)) lastHour -= amount
        hosts.set(host, (hosts.get(host) ?? amount) - amount)
      }
    },
  }
}

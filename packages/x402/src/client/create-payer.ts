import { CHANNEL_SCHEME } from '../channel/shared/channel-contracts.js'
import { offerHashOf } from '../evm/request-binding.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { X402Error } from '../x402-error.js'
import { createPayment, type Payment } from './create-payment.js'
import type { ReadOffer } from './read-offer.js'
import type { RepeatableRequest } from './repeatable-request.js'
import { selectRequirements } from './select-requirements.js'
import { createBudget, maxDepositOf } from './spend-policy.js'
import type { PaidRequest, WrapFetchOptions } from './wrap-fetch-options.js'

/** What a payment is made for. */
interface PayContext {
  readonly paid: PaidRequest
  /** The payment that went out before, for the same call. */
  readonly previous?: Payment
}

/** Signs a payment within the policy. @throws X402Error the policy's codes, `NO_ACCEPTABLE_REQUIREMENTS` */
export type Pay = (offer: ReadOffer, request: RepeatableRequest, context: PayContext) => Promise<Payment>

/** Whether a payment for these requirements with the same nonce excludes the earlier one. */
function isReplaceable(previous: Payment, requirements: PaymentRequirements): boolean {
  const { scheme, network, asset, extra } = previous.requirements
  if (scheme !== requirements.scheme || network !== requirements.network) return false
  if (asset.toLowerCase() !== requirements.asset.toLowerCase()) return false
  // Vouchers are cumulative: the next one takes the place of the refused one, and the nonce names the call.
  if (scheme === CHANNEL_SCHEME) return true
  return (
    !previous.bound &&
    (scheme === 'exact' || scheme === 'upto') &&
    extra?.['assetTransferMethod'] === requirements.extra?.['assetTransferMethod'] &&
    offerHashOf(requirements) === undefined
  )
}

/** Builds what signs the payments of one `wrapFetch`, and counts them against its budget. */
export function createPayer(
  options: Pick<WrapFetchOptions, 'schemes' | 'policy' | 'checkRequirements'> & {
    readonly clock: () => bigint
    readonly randomBytes: (length: number) => Uint8Array
  },
): Pay {
  const { schemes, policy, checkRequirements, clock, randomBytes } = options
  const budget = createBudget(policy)
  /** What was taken out of the budgets for payments that add up: for the call in all, and of it what is not signed yet. */
  const taken = new WeakMap<Payment, { readonly inAll: bigint; readonly unsigned: bigint }>()

  function spendFor(request: RepeatableRequest, requirements: PaymentRequirements, previous?: Payment): () => void {
    const now = clock()
    const amount = BigInt(requirements.amount)
    // Two payments with one nonce cannot both settle, so the greater one counts; else both count.
    const spent = previous === undefined ? 0n : previous.authorized
    const extra = previous === undefined || !isReplaceable(previous, requirements) ? amount : amount - spent
    if (previous !== undefined && !isReplaceable(previous, requirements) && spent + amount > policy.maxAmountPerCall) {
      throw new X402Error('PRICE_ABOVE_CAP', 'the price changed; both payments together are above the cap per call')
    }
    return budget.take({ amount: extra > 0n ? extra : 0n, host: request.host, now })
  }

  /**
   * Counts what a voucher really adds. A server that refuses one and says that it has charged it gets a second one on top: both are the
   * call's, and stay within its cap together.
   */
  function createCount(request: RepeatableRequest, amount: bigint, previous: Payment | undefined) {
    let state = (previous === undefined ? undefined : taken.get(previous)) ?? { inAll: amount, unsigned: amount }
    if (previous?.session?.addedNothing?.() === true) state = { ...state, unsigned: state.inAll }
    let giveBack = (): void => undefined
    return {
      /** @throws X402Error `PRICE_ABOVE_CAP`, `BUDGET_EXHAUSTED` */
      count: (added: bigint): void => {
        const more = added > state.unsigned ? added - state.unsigned : 0n
        const inAll = state.inAll + more
        if (more > 0n) {
          if (inAll > policy.maxAmountPerCall) {
            throw new X402Error(
              'PRICE_ABOVE_CAP',
              'the server counts what it refused; with that the call is above its cap',
            )
          }
          giveBack = budget.take({ amount: more, host: request.host, now: clock() })
        }
        state = { inAll, unsigned: state.unsigned + more - added }
      },
      giveBack: () => giveBack(),
      keepFor: (payment: Payment) => void taken.set(payment, state),
    }
  }

  return async (offer, request, context) => {
    const { paid, previous } = context
    const { requirements, scheme } = selectRequirements(offer.required, { schemes, policy })
    await checkRequirements?.(requirements, paid)
    request.signal?.throwIfAborted()
    // Taken before the first await of signing, so that concurrent calls cannot overdraw together.
    const giveBack = spendFor(request, requirements, previous)
    const counted = createCount(request, BigInt(requirements.amount), previous)
    try {
      const payment = await createPayment(requirements, {
        required: offer.required,
        scheme,
        now: clock(),
        randomBytes,
        version: offer.version,
        maxDeposit: maxDepositOf(policy),
        count: counted.count,
        ...(paid.requestHash === undefined ? {} : { requestHash: paid.requestHash }),
        ...(previous !== undefined && isReplaceable(previous, requirements) ? { replaces: previous.nonce } : {}),
      })
      counted.keepFor(payment)
      return payment
    } catch (error) {
      giveBack()
      counted.giveBack()
      throw error
    }
  }
}

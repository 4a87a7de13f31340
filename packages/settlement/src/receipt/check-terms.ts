import { isSameHex } from '../hex.js'
import { outcomes, usageSources } from '../modes.js'
import type { CheckReceiptInput } from './check-input.js'
import type { Refusal, StepTaker } from './check-step.js'
import type { ReceiptCode } from './receipt-code.js'
import type { Terms } from './terms.js'

/** The payment schemes whose rules of charging are known. */
export const paymentSchemes: readonly string[] = ['exact', 'upto', 'batch-settlement']

/** Checks what the terms say of payment, usage and outcome, apart from the offer. */
export function checkTerms({ check, skip }: StepTaker<ReceiptCode>, input: CheckReceiptInput): void {
  const { terms, expected = {} } = input
  const { payer, authorized } = expected
  if (payer === undefined) skip('payer')
  else {
    check('payer', 'PAYER', () => (isSameHex({ left: payer, right: terms.payer }) ? undefined : 'another payer'))
  }
  check('payee', 'WRONG_PAYEE', () => checkPayee(input))
  check('scheme', 'UNKNOWN_SCHEME', () =>
    paymentSchemes.includes(terms.scheme) ? undefined : 'payment scheme without known rules',
  )
  if (authorized === undefined) skip('authorized amount')
  else {
    check('authorized amount', 'AUTHORIZED', () =>
      authorized === terms.authorized ? undefined : `${authorized} was signed for, the terms say ${terms.authorized}`,
    )
  }
  check('charge limit', 'CHARGE_EXCEEDS_AUTHORIZED', () =>
    terms.charged <= terms.authorized ? undefined : `${terms.charged} charged, ${terms.authorized} authorized`,
  )
  check('usage', 'USAGE', () => {
    if (usageSources[terms.usageSource] === undefined) return 'unknown usage source'
    if (terms.cachedPromptTokens > terms.promptTokens) return 'more cached than prompt tokens'
    return terms.reasoningTokens > terms.completionTokens ? 'more reasoning than completion tokens' : undefined
  })
  check('outcome', 'OUTCOME', () => (outcomes[terms.outcome] === undefined ? 'unknown outcome' : undefined))
  check('outcome and charge', 'OUTCOME_CHARGE', () => checkOutcome(terms))
}

function checkPayee({ terms, manifest }: CheckReceiptInput): Refusal<ReceiptCode> | undefined {
  const network = `eip155:${terms.paymentChainId}`
  const onNetwork = manifest.payments.filter((payment) => payment.network === network)
  if (onNetwork.length === 0) return { code: 'WRONG_NETWORK', detail: `the node takes no payment on ${network}` }
  const inAsset = onNetwork.filter(({ asset }) => isSameHex({ left: asset, right: terms.asset }))
  if (inAsset.length === 0) return { code: 'WRONG_ASSET', detail: 'the node takes no payment in this asset' }
  const isPayee = inAsset.some(({ payTo }) => isSameHex({ left: payTo, right: terms.payTo }))
  return isPayee ? undefined : { code: 'WRONG_PAYEE', detail: 'payTo is not in the manifest' }
}

/** An unknown outcome has its own check. */
function checkOutcome(terms: Terms): string | undefined {
  switch (outcomes[terms.outcome]) {
    case 'failed':
      return terms.charged === 0n ? undefined : 'a failed inference was charged'
    case 'refund-due':
      // Only a payment that moves its full amount before work can leave something to give back.
      return terms.scheme === 'exact' && terms.charged === terms.authorized
        ? undefined
        : 'a refund is due only of an exact payment that was taken whole'
    default:
      return terms.scheme === 'exact' && terms.charged !== terms.authorized && terms.charged !== 0n
        ? 'an exact payment moves its whole amount or nothing'
        : undefined
  }
}

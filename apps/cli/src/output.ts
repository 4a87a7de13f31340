import type { Charge, Settlement, Verification, VerificationStep } from '@og/client'

/** JSON for people and programs: big integers as decimal text. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), indent)
}

/** The checks, one line each, and what was not checked. */
export function verificationText(verification: {
  readonly steps: readonly VerificationStep[]
  readonly notChecked: readonly string[]
}): string {
  const checks = verification.steps.map(({ name, ok, code, detail }) =>
    ok ? `  ok    ${name}` : `  FAIL  ${name}: ${code ?? 'failed'}${detail === undefined ? '' : ` (${detail})`}`,
  )
  const open = verification.notChecked.map((what) => `  not checked: ${what}`)
  return [...checks, ...open].join('\n')
}

/** One line on what stands behind an answer. */
export function summaryText(verification: Verification): string {
  const place = verification.platform === null ? 'not attested' : `attested (${verification.platform})`
  return `Verified: ${verification.steps.length} checks, ${place}, label ${verification.label ?? 'none'}`
}

/** What an answer cost, in the token's own unit. */
export function chargeText({ charged, decimals, scheme, network }: Charge): string {
  const digits = charged.toString().padStart(decimals + 1, '0')
  const amount = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
  return `Charged: ${amount} (${scheme}, ${network})`
}

/** Where payment and record stand. */
export function settlementText(settlement: Settlement): string {
  return [
    `Payment transaction: ${settlement.payment.transaction ?? 'none, nothing was charged'}`,
    `Record transaction: ${settlement.record.transaction ?? 'none'}`,
    verificationText(settlement),
  ].join('\n')
}

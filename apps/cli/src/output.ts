import type { Charge, InferenceResult, Settlement, Verification, VerificationStep } from '@og/client'
import type { CliEnvironment } from './environment.js'

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

/** The seal under an answer: mode, node, checks passed, cost. Coloured at a terminal, unless `NO_COLOR` is set. */
export function sealText(
  { receipt, verification, charge }: InferenceResult,
  { env, isInteractive }: Pick<CliEnvironment, 'env' | 'isInteractive'>,
): string {
  const mode = receipt.mode === 1 ? `TEE (${verification.platform ?? 'not attested'})` : 'VANILLA'
  const cost = decimalText(charge.charged, charge.decimals)
  const text = `✓ ${mode} · node ${receipt.nodeId.slice(0, 10)} · ${verification.steps.length} checks · ${cost} · ${receipt.paymentHash.slice(0, 10)}`
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  return isInteractive && !noColor ? `\u001b[32m${text}\u001b[0m` : text
}

/** What an answer cost, in the token's own unit. */
export function chargeText({ charged, decimals, scheme, network }: Charge): string {
  return `Charged: ${decimalText(charged, decimals)} (${scheme}, ${network})`
}

/** Atomic units in the token's own unit. */
export function decimalText(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** Where payment and record stand. */
export function settlementText(settlement: Settlement): string {
  return [
    `Payment transaction: ${settlement.payment.transaction ?? 'none, nothing was charged'}`,
    `Record transaction: ${settlement.record.transaction ?? 'none'}`,
    verificationText(settlement),
  ].join('\n')
}

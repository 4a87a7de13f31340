import type { Charge, InferenceResult, ReceiptVerdict, Settlement, Verification, VerificationStep } from '@og/client'
import type { CliEnvironment } from './environment.js'

/** JSON for people and programs: big integers as decimal text, and no character in it that a terminal would act on. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item),
    indent,
  )
  return text.replace(activeCharacters, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Writes what a command found: the value for machines with `--json`, else the text for people. */
export function show(
  value: unknown,
  to: { readonly environment: CliEnvironment; readonly json: boolean | undefined; readonly text: string },
): void {
  to.environment.out(to.json === true ? `${jsonText(value)}\n` : `${to.text}\n`)
}

/** What `JSON.stringify` may leave as it is and a terminal acts on; its own line feeds and tabs are none of it. */
const activeCharacters = /[\p{Zl}\p{Zp}\p{Bidi_Control}\x7f-\x9f]/gu

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

/** A verdict about a receipt as `--json` shows it: without the receipt itself. */
export function shownVerdict(verdict: ReceiptVerdict): Readonly<Record<string, unknown>> {
  const { ok, steps, notChecked } = verdict
  const failure = verdict.ok ? {} : { code: verdict.code, detail: verdict.detail }
  return { ok, ...failure, steps, notChecked }
}

/** Says in a sentence how a receipt was judged. */
export function sayVerdict(verdict: ReceiptVerdict, environment: CliEnvironment): void {
  if (verdict.ok) environment.out('The receipt holds.\n', 'green')
  else
    environment.out(`The receipt does NOT hold: ${verdict.code}: ${verdict.detail}${remedyOf(verdict.code)}\n`, 'red')
}

/** The first receipts that people meet come from a network of their own. */
function remedyOf(code: string): string {
  return code === 'ROOT_NOT_TRUSTED' ? ' (one of a development network passes only with --trust simulator)' : ''
}

/** One line on what stands behind an answer. */
export function summaryText(verification: Verification): string {
  const place = verification.platform === null ? 'not attested' : `attested (${verification.platform})`
  return `Verified: ${verification.steps.length} checks, ${place}, label ${verification.label ?? 'none'}`
}

/** The seal under an answer, in one line: mode and label, node, checks passed, cost, payment hash. */
export function sealText({ receipt, verification, charge }: InferenceResult): string {
  const label = verification.label === null ? '' : `, ${verification.label}`
  const { platform } = verification
  // A call in VANILLA mode may be served by a TEE node, which was then not asked to prove itself.
  const mode = receipt.mode === 0 ? 'VANILLA' : platform === null ? 'TEE node, not attested' : `TEE (${platform})`
  const cost = decimalText(charge.charged, charge.decimals)
  const checks = `${verification.steps.length} checks passed`
  return `✓ ${mode}${label} · node ${receipt.nodeId.slice(0, 10)} · ${checks} · ${cost} paid (${charge.scheme}) · payment ${receipt.paymentHash}`
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

/** Where payment and record stand, with `verbose` also check by check. */
export function settlementText(
  settlement: Settlement,
  { verbose = false }: { readonly verbose?: boolean } = {},
): string {
  return [
    `Payment transaction: ${settlement.payment.transaction ?? 'none, nothing was charged'}`,
    `Record transaction: ${settlement.record.transaction ?? 'none'}`,
    ...(verbose ? [verificationText(settlement)] : settlement.notChecked.map((what) => `Not checked: ${what}`)),
  ].join('\n')
}

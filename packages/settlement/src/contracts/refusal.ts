/** Why the contract did not accept a record; the names by their `uint8` code on chain. */
export const refusals = [
  'NONE',
  'UNKNOWN_NODE',
  'WRONG_LOG',
  'WRONG_MODE',
  'WRONG_SETTLEMENT',
  'REVOKED',
  'OUTSIDE_VALIDITY',
  'BAD_SIGNATURE',
  'REPEATED',
] as const

/** One of {@link refusals}, or `UNRECOGNIZED` for a code that this version does not know. */
export type Refusal = (typeof refusals)[number] | 'UNRECOGNIZED'

/** Names a refusal code of `Skipped` or `Refused`. */
export function refusalOf(code: number): Refusal {
  return refusals[code] ?? 'UNRECOGNIZED'
}

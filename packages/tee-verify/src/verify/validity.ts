import type { CheckFailure, QuoteRejectionCode } from './verify-step.js'

/** A closed interval of unix seconds and what to call its owner. */
export interface ValidityCheck {
  readonly what: string
  readonly from: bigint
  readonly to: bigint
  readonly now: bigint
  readonly early: QuoteRejectionCode
  readonly late: QuoteRejectionCode
}

/** The earliest of some times. */
export function earliestOf([first, ...others]: readonly [bigint, ...bigint[]]): bigint {
  let earliest = first
  for (const time of others) if (time < earliest) earliest = time
  return earliest
}

/** Checks that `now` lies within a closed interval. */
export function checkValidity(check: ValidityCheck): CheckFailure | undefined {
  const { what, from, to, now } = check
  if (now < from) return { code: check.early, detail: `${what} is valid from ${from}, and it is ${now}` }
  if (now > to) return { code: check.late, detail: `${what} was valid until ${to}, and it is ${now}` }
  return undefined
}

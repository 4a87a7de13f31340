import { QuoteError } from '../../src/quote-error.js'

/** Collects what did not come out as it should. */
export interface Faults {
  /** Demands an outcome: a value, or the code of the QuoteError that `run` throws. */
  expect(label: string, expected: unknown, run: () => unknown): void
  readonly found: readonly string[]
}

/** Creates an empty collection. */
export function createFaults(): Faults {
  const found: string[] = []
  return {
    found,
    expect(label, expected, run) {
      let outcome: unknown
      try {
        outcome = run()
      } catch (error) {
        outcome = error instanceof QuoteError ? error.code : error
      }
      if (outcome !== expected) found.push(`${label}: ${String(outcome)} instead of ${String(expected)}`)
    },
  }
}

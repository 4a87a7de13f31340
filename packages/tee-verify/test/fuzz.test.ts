import { describe, expect, it } from 'vitest'
import { fuzz } from './fuzz.js'

describe('the fuzzer', () => {
  it('behavior: 20 000 changed quotes and collaterals give verdicts or QuoteError, and no forgery passes', {
    timeout: 300_000,
  }, () => {
    const { executions, outcomes } = fuzz({ executions: 20_000, seed: 1 })
    expect(executions).toBe(20_000)
    // It reaches far: outcomes of the parsers, of the chain, of the TCB, and acceptance of what carries no meaning.
    const reached = ['accepted', 'BAD_DER', 'BAD_JSON', 'TRUNCATED', 'CERTIFICATE_ROLE', 'QUOTE_SIGNATURE']
    expect(reached.filter((outcome) => !outcomes.has(outcome))).toEqual([])
    expect(outcomes.size).toBeGreaterThan(30)
  })

  it('behavior: a seed repeats its run', () => {
    const run = (seed: number) => [...fuzz({ executions: 300, seed }).outcomes]
    expect(run(7)).toEqual(run(7))
    expect(run(7)).not.toEqual(run(8))
  })
})

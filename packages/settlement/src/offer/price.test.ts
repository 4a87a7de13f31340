import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { offer as base } from '../../test/fixture.js'
import { type SettlementMode, settlementModes } from '../modes.js'
import { isSettlementOffered, type Offer } from './offer.js'
import { chargeOf, quoteOf, type Usage } from './price.js'

const price = fc.bigInt({ min: 0n, max: 2n ** 80n })
const offers: fc.Arbitrary<Offer> = fc
  .record({
    inputPrice: price,
    cachedInputPrice: price,
    outputPrice: price,
    reasoningPrice: price,
    surchargeSettle: price,
    surchargeMetadata: price,
    surchargeBatch: price,
  })
  .map((prices) => ({ ...base, ...prices, settlementModes: 7 }))
const settlements: fc.Arbitrary<SettlementMode> = fc.constantFrom(...settlementModes)
const tokens = fc.bigInt({ min: 0n, max: 2n ** 40n })
const usages: fc.Arbitrary<Usage> = fc
  .tuple(tokens, tokens, tokens, tokens)
  .map(([cachedPromptTokens, uncached, reasoningTokens, visible]) => ({
    promptTokens: cachedPromptTokens + uncached,
    cachedPromptTokens,
    completionTokens: reasoningTokens + visible,
    reasoningTokens,
  }))

describe('chargeOf', () => {
  test('default', () => {
    const usage = { promptTokens: 1000n, cachedPromptTokens: 400n, completionTokens: 500n, reasoningTokens: 100n }
    // 600·2 + 400·0.5 + 400·8 + 100·9 = 5500, and 10 for the batch.
    expect(chargeOf(base, { usage, settlement: 'SETTLE_BATCH' })).toBe(5510n)
    expect(chargeOf(base, { usage, settlement: 'SETTLE' })).toBe(5800n)
  })

  test('behavior: rounds the tokens up once, not each kind', () => {
    const usage = { promptTokens: 1n, cachedPromptTokens: 0n, completionTokens: 1n, reasoningTokens: 0n }
    const cheap = { ...base, inputPrice: 1n, outputPrice: 1n, surchargeSettle: 0n }
    expect(chargeOf(cheap, { usage, settlement: 'SETTLE' })).toBe(1n)
    const none = { promptTokens: 0n, cachedPromptTokens: 0n, completionTokens: 0n, reasoningTokens: 0n }
    expect(chargeOf(cheap, { usage: none, settlement: 'SETTLE' })).toBe(0n)
  })

  property.prop([offers, usages, settlements, tokens, tokens], { numRuns: 500 })(
    'behavior: never above the quote for bounds that the usage keeps',
    (offer, usage, settlement, morePrompt, moreCompletion) => {
      const quote = quoteOf(offer, {
        promptTokens: usage.promptTokens + morePrompt,
        completionTokens: usage.completionTokens + moreCompletion,
        settlement,
      })
      expect(chargeOf(offer, { usage, settlement }) <= quote).toBe(true)
    },
  )

  property.prop([offers, usages, settlements])(
    'behavior: the quote is met by the dearest usage',
    (offer, usage, settlement) => {
      const { promptTokens, completionTokens } = usage
      const dearest = {
        promptTokens,
        cachedPromptTokens: offer.cachedInputPrice > offer.inputPrice ? promptTokens : 0n,
        completionTokens,
        reasoningTokens: offer.reasoningPrice > offer.outputPrice ? completionTokens : 0n,
      }
      expect(chargeOf(offer, { usage: dearest, settlement })).toBe(
        quoteOf(offer, { promptTokens, completionTokens, settlement }),
      )
    },
  )

  property.prop([offers, usages, settlements])(
    'behavior: a token more never costs less',
    (offer, usage, settlement) => {
      const more = { ...usage, completionTokens: usage.completionTokens + 1n, promptTokens: usage.promptTokens + 1n }
      expect(chargeOf(offer, { usage: more, settlement }) >= chargeOf(offer, { usage, settlement })).toBe(true)
    },
  )

  test.each<[string, Partial<Usage>]>([
    ['more cached than prompt', { cachedPromptTokens: 11n }],
    ['more reasoning than completion', { reasoningTokens: 11n }],
    ['negative cached', { cachedPromptTokens: -1n }],
    ['negative reasoning', { reasoningTokens: -1n }],
    ['negative prompt', { promptTokens: -1n }],
    ['negative completion', { completionTokens: -1n }],
  ])('error: INVALID_USAGE: %s', (_name, change) => {
    const usage = { promptTokens: 10n, cachedPromptTokens: 0n, completionTokens: 10n, reasoningTokens: 0n, ...change }
    expect(() => chargeOf(base, { usage, settlement: 'SETTLE' })).toThrow(
      expect.objectContaining({ code: 'INVALID_USAGE' }),
    )
  })
})

describe('quoteOf', () => {
  test('error: INVALID_USAGE for negative bounds', () => {
    for (const bounds of [
      { promptTokens: -1n, completionTokens: 0n },
      { promptTokens: 0n, completionTokens: -1n },
    ]) {
      expect(() => quoteOf(base, { ...bounds, settlement: 'SETTLE' })).toThrow(
        expect.objectContaining({ code: 'INVALID_USAGE' }),
      )
    }
  })

  test('error: SETTLEMENT_NOT_OFFERED for every mode whose bit is not set', () => {
    for (let bits = 0; bits < 8; bits += 1) {
      settlementModes.forEach((settlement, code) => {
        const offer = { ...base, settlementModes: bits }
        const quote = (): bigint => quoteOf(offer, { promptTokens: 1n, completionTokens: 1n, settlement })
        const isOffered = [1, 2, 4].map((bit) => (bits & bit) !== 0)[code]
        expect(isSettlementOffered(offer, settlement)).toBe(isOffered)
        if (isOffered) expect(quote()).toBeTypeOf('bigint')
        else expect(quote).toThrow(expect.objectContaining({ code: 'SETTLEMENT_NOT_OFFERED' }))
      })
    }
  })
})

import { parseAmount } from '@og/x402'
import { describe, expect, test } from 'vitest'
import { listModels, recordSurcharges, resolveModel } from './prices.js'

describe('the price list', () => {
  test('names every model once, as family/name', () => {
    const ids = listModels().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id, family, upstreamName } of listModels()) {
      expect(id).toMatch(/^[a-z0-9-]+\/[a-z0-9.-]+$/)
      expect(id.startsWith(`${family}/`)).toBe(true)
      expect(upstreamName).not.toBe('')
    }
  })

  test('every price is a whole number of atomic units of a token with six digits, and cached input is never dearer', () => {
    for (const { price } of listModels()) {
      const [input, cached, output, reasoning] = [price.input, price.cachedInput, price.output, price.reasoning].map(
        (usd) => parseAmount(usd, 6),
      )
      expect(input).toBeGreaterThan(0n)
      expect(cached).toBeLessThanOrEqual(input ?? 0n)
      expect(reasoning).toBe(output)
    }
    for (const usd of Object.values(recordSurcharges)) expect(parseAmount(usd, 6)).toBeGreaterThan(0n)
  })

  test('prices that are easy to get wrong by a factor', () => {
    expect(resolveModel('openai/gpt-4o')?.price).toMatchObject({ input: '2.5', output: '10' })
    expect(resolveModel('anthropic/claude-3-opus')?.price).toMatchObject({ input: '15', output: '75' })
  })
})

describe('resolveModel', () => {
  test.each([
    ['gpt-4', 'openai/gpt-4.1'],
    ['gpt-4o', 'openai/gpt-4o'],
    ['claude-3-opus', 'anthropic/claude-3-opus'],
    ['mistralai/Mistral-7B-Instruct-v0.3', 'mistralai/mistral-7b-instruct-v0.3'],
    ['openai/gpt-4o', 'openai/gpt-4o'],
  ])('%s is %s', (name, id) => {
    expect(resolveModel(name)?.id).toBe(id)
  })

  test.each(['', 'GPT-4O', 'openai/', 'toString', '__proto__', 'constructor', 'hasOwnProperty'])(
    '%j is nothing',
    (name) => {
      expect(resolveModel(name)).toBeUndefined()
    },
  )
})

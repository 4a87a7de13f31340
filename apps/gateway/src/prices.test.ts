import { bytesOf, type JsonObject, keccak256 } from '@og/settlement'
import { parseAmount } from '@og/x402'
import { describe, expect, test } from 'vitest'
import type { Endpoint } from './endpoint-body.js'
import { parseInferenceRequest } from './inference-request.js'
import { createPriceTable, priceTableSchema } from './prices.js'
import defaultTable from './prices.json' with { type: 'json' }
import { recordPriceOf } from './record-prices.js'

const table = createPriceTable(undefined, 6)

describe('the price table that comes with the gateway', () => {
  test('names every model once, as family/name', () => {
    const ids = table.models.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id, family, upstreamName } of table.models) {
      expect(id).toMatch(/^[a-z0-9-]+\/[a-z0-9.-]+$/)
      expect(id.startsWith(`${family}/`)).toBe(true)
      expect(upstreamName).not.toBe('')
    }
  })

  test('every price is a whole number of atomic units of a token with six digits, and cached input is never dearer', () => {
    for (const { price, kind } of table.models) {
      const [input, cached, output, reasoning] = [price.input, price.cachedInput, price.output, price.reasoning].map(
        (usd) => parseAmount(usd, 6),
      )
      expect(input).toBeGreaterThan(0n)
      expect(cached).toBeLessThanOrEqual(input ?? 0n)
      expect(reasoning).toBe(output)
      expect((output ?? 0n) > 0n).toBe(kind === 'text')
    }
    for (const usd of Object.values(table.surcharges)) expect(parseAmount(usd, 6)).toBeGreaterThan(0n)
  })

  test('surcharges cover what records cost at the gas price that stands beside them, and not ten times as much', () => {
    const { recordGas } = priceTableSchema.parse(defaultTable)
    if (recordGas === undefined) throw new Error('the table names no gas price')
    for (const [mode, usd] of Object.entries(table.surcharges) as [keyof typeof table.surcharges, string][]) {
      const least = parseAmount(recordPriceOf(mode, recordGas), 6)
      expect(parseAmount(usd, 6), mode).toBeGreaterThanOrEqual(least)
      expect(parseAmount(usd, 6), mode).toBeLessThan(10n * least)
    }
  })

  test('prompts are counted by the own tokenizer of a model, with a margin by another family’s, or not at all', () => {
    const counts = (name: string) => table.resolve(name)?.promptCount
    expect(counts('openai/gpt-5.2')).toEqual({ tokenizer: 'o200k_base' })
    expect(counts('openai/text-embedding-3-large')).toEqual({ tokenizer: 'cl100k_base' })
    expect(counts('bytedance/seed-1.8')).toBeUndefined()
    const own = table.models.filter(({ promptCount }) => promptCount !== undefined && promptCount.percent === undefined)
    expect(new Set(own.map(({ family }) => family))).toEqual(new Set(['openai']))
    for (const { promptCount } of table.models) expect(promptCount?.percent ?? 200).toBe(200)
  })

  test('prices that are easy to get wrong by a factor', () => {
    expect(table.resolve('openai/gpt-4o')?.price).toMatchObject({ input: '2.5', output: '10' })
    expect(table.resolve('anthropic/claude-3-opus')?.price).toMatchObject({ input: '15', output: '75' })
  })

  // The nine TEE models of the product's documentation, and the names that its examples use.
  test.each([
    ['openai/gpt-4.1', 'openai/gpt-4.1'],
    ['openai/gpt-4o', 'openai/gpt-4o'],
    ['anthropic/claude-4.0-sonnet', 'anthropic/claude-4.0-sonnet'],
    ['anthropic/claude-3.5-haiku', 'anthropic/claude-3.5-haiku'],
    ['x-ai/grok-3-beta', 'x-ai/grok-3-beta'],
    ['x-ai/grok-3-mini-beta', 'x-ai/grok-3-mini-beta'],
    ['x-ai/grok-4-1-fast-non-reasoning', 'x-ai/grok-4-1-fast-non-reasoning'],
    ['google/gemini-2.5-flash-preview', 'google/gemini-2.5-flash-preview'],
    ['google/gemini-2.5-pro-preview', 'google/gemini-2.5-pro-preview'],
    ['mistralai/Mistral-7B-Instruct-v0.3', 'mistralai/mistral-7b-instruct-v0.3'],
    ['gpt-4', 'openai/gpt-4.1'],
    ['claude-3-opus', 'anthropic/claude-3-opus'],
    ['gpt-4.1', 'openai/gpt-4.1'],
    ['claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
    ['grok-4', 'x-ai/grok-4'],
  ])('%s is %s', (name, id) => {
    expect(table.resolve(name)?.id).toBe(id)
  })

  test.each(['', 'GPT-4O', 'openai/', 'toString', '__proto__', 'constructor', 'hasOwnProperty'])(
    '%j is nothing',
    (name) => {
      expect(table.resolve(name)).toBeUndefined()
    },
  )
})

describe('a price table of the configuration', () => {
  const row = { id: 'a/x', upstreamName: 'x', input: '1', cachedInput: '0.5', output: '2' }
  const least = { version: '1', surcharges: { SETTLE: '0', SETTLE_METADATA: '0', SETTLE_BATCH: '0' }, models: [row] }
  const build = (change: object, decimals = 6) =>
    createPriceTable(priceTableSchema.parse({ ...least, ...change }), decimals)

  test('reasoning costs what output costs unless it says otherwise', () => {
    expect(build({}).resolve('x')?.price.reasoning).toBe('2')
    expect(build({ models: [{ ...row, reasoning: '3' }] }).resolve('a/x')?.price.reasoning).toBe('3')
  })

  test('surcharges are looked at where the table names a gas price', () => {
    expect(build({}).surcharges.SETTLE).toBe('0')
    const surcharges = { SETTLE: '0.0005', SETTLE_METADATA: '0.033', SETTLE_BATCH: '0.00004' }
    const recordGas = { gwei: '0.01', usdPerEther: '3000' }
    expect(build({ surcharges, recordGas }).surcharges).toEqual(surcharges)
  })

  test('a bare name that two families share is nobody', () => {
    expect(build({ models: [row, { ...row, id: 'b/x' }] }).resolve('x')).toBeUndefined()
  })

  test.each([
    ['a model twice', { models: [row, row] }, /twice/],
    ['an alias of nothing', { aliases: { y: 'a/y' } }, /alias y/],
    ['a price that the token cannot express', { models: [{ ...row, input: '0.0000001' }] }, /more than 6 decimals/],
    ['a number where text belongs', { models: [{ ...row, input: 1 }] }, /expected string/],
    ['a record that costs more', { recordGas: { gwei: '0.01', usdPerEther: '3000' } }, /SETTLE is recorded for up to/],
    [
      'the largest record that costs more',
      {
        surcharges: { SETTLE: '1', SETTLE_METADATA: '0.032', SETTLE_BATCH: '1' },
        recordGas: { gwei: '0.01', usdPerEther: '3000' },
      },
      /SETTLE_METADATA is recorded for up to 0\.032162 dollars/,
    ],
    ['a negative price', { models: [{ ...row, input: '-1' }] }, /input/],
    ['no models', { models: [] }, /models/],
    ['an unknown field', { currency: 'EUR' }, /currency/],
    ['an unknown tokenizer', { models: [{ ...row, promptCount: { tokenizer: 'gpt2' } }] }, /tokenizer/],
    ['a count without its tokenizer', { models: [{ ...row, promptCount: { percent: 200 } }] }, /tokenizer/],
    ['less than a count', { models: [{ ...row, promptCount: { tokenizer: 'o200k_base', percent: 99 } }] }, /percent/],
    ['half a percent', { models: [{ ...row, promptCount: { tokenizer: 'o200k_base', percent: 150.5 } }] }, /percent/],
    ['an unknown rule', { models: [{ ...row, promptCount: { tokenizer: 'o200k_base', margin: 2 } }] }, /margin/],
  ])('refuses %s', (_name, change, message) => {
    expect(() => build(change)).toThrow(message)
  })
})

describe('files', () => {
  const row = { upstreamName: 'm', input: '1', cachedInput: '1', output: '1' }
  const models = [
    { ...row, id: 'a/takes', files: true },
    { ...row, id: 'a/takes-too', files: true },
    { ...row, id: 'a/does-not' },
  ]
  const surcharges = { SETTLE: '0', SETTLE_METADATA: '0', SETTLE_BATCH: '0' }
  const own = createPriceTable(priceTableSchema.parse({ version: '1', surcharges, models }), 6)
  const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } }
  const stored = { type: 'file', file: { file_id: 'file-1' } }
  const picture = { type: 'image_url', image_url: { url: 'https://x.example/a.png' } }

  const keccak = (bytes: Uint8Array): Uint8Array => bytesOf(keccak256(bytes))

  function parse(body: JsonObject, endpoint: Endpoint = 'chat.completions') {
    const incoming = {
      endpoint,
      path: '/',
      headers: {},
      sealed: false,
      body: new TextEncoder().encode(JSON.stringify(body)),
    }
    return parseInferenceRequest(incoming, { mode: 'VANILLA', prices: own, keccak })
  }
  const chat = (model: string, part: JsonObject, more: JsonObject = {}): JsonObject => ({
    model,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Read this.' }, part] }],
    ...more,
  })
  const refused = expect.objectContaining({ code: 'invalid_request', wireCode: 'files_not_taken', param: 'messages' })

  test('default: a model that nobody said so of takes no file, in a chat or under the Responses API; pictures it does', () => {
    expect(table.models.filter(({ files }) => files)).toEqual([])
    expect(() => parse(chat('a/does-not', pdf))).toThrow(refused)
    const part = { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' }
    const input = [{ role: 'user', content: [{ type: 'input_text', text: 'Read this.' }, part] }]
    expect(() => parse({ model: 'a/does-not', input }, 'responses')).toThrow(refused)
    expect(parse({ model: 'a/takes', input }, 'responses').promptTokens).toBeGreaterThan(5000n)
    expect(parse(chat('a/does-not', picture)).promptTokens).toBeGreaterThan(5000n)
    expect(() => parse({ model: 'a/does-not', messages: [{ role: 'user', content: 'file' }] })).not.toThrow()
  })

  test('behavior: every model that may answer has to take them', () => {
    expect(parse(chat('a/takes', pdf, { models: ['a/takes-too'] })).promptTokens).toBeGreaterThan(5000n)
    expect(() => parse(chat('a/takes', pdf, { models: ['a/takes-too', 'a/does-not'] }))).toThrow(refused)
  })

  test('error: a file that lies at the provider is the operator’s', () => {
    expect(() => parse(chat('a/takes', stored))).toThrow(refused)
    expect(() => parse(chat('a/takes', { ...pdf, file: { ...pdf.file, file_id: 'file-1' } }))).toThrow(refused)
  })
})

import { randomBytes } from 'node:crypto'
import type { Hex } from '@og/settlement'
import {
  canonicalize,
  hashOffer,
  hashRequest,
  type JsonObject,
  parseOffer,
  quoteOf,
  recoverSigner,
} from '@og/settlement'
import { decodePaymentRequired, encodePaymentHeader, type PaymentRequirements } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import { createFastKeccak, createFastRecover } from '@og/x402/node'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeAll, describe, expect, test } from 'vitest'
import { leastConfig } from '../test/least-config.js'
import { parseConfig } from './config.js'
import { createNodeIdentity } from './node-identity.js'
import { createNodeKeys, type NodeKeys } from './node-keys.js'
import { createOfferBook, type OfferBook, type SignedOffer } from './offer-book.js'
import { createPaymentDesk, type PaymentDesk, type PricedRequest } from './payment.js'
import { createPriceTable, type Model } from './prices.js'
import type { PromptCounter } from './prompt-counter.js'
import { createPromptQuotes } from './prompt-quotes.js'

const prices = createPriceTable(undefined, 6)
const config = parseConfig({ ...leastConfig, offerValiditySeconds: 1000 })
const draw = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
const startedAt = 1_800_000_000n

function identityOf(): Promise<NodeKeys> {
  const endpoint = 'http://127.0.0.1:8402'
  return createNodeKeys({
    draw: () => createNodeIdentity({ config, endpoint, codeVersion: 'test', now: () => startedAt, randomBytes: draw }),
    now: () => clock.now,
    rotateAfterSeconds: 300n,
    overlapSeconds: 100n,
    isRegistered: async () => true,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
}

function modelOf(id: string): Model {
  const model = prices.resolve(id)
  if (model === undefined) throw new Error(`no model ${id}`)
  return model
}

const gpt = modelOf('openai/gpt-4o')
const clock = { now: startedAt }
const macKey = draw(32)
let identity: NodeKeys
let book: OfferBook
let signed: SignedOffer
beforeAll(async () => {
  identity = await identityOf()
  book = createOfferBook({ config, prices, identity, now: () => clock.now, macKey })
  clock.now = startedAt
  signed = book.offerFor(gpt)
})

/** What stands in a 402, and comes back in a payment. */
function echoOf({ json, hash, signature, mac }: SignedOffer): Record<string, unknown> {
  return structuredClone({ offer: json, offerHash: hash, signature, mac })
}

describe('offers', () => {
  test('are signed by the key of the manifest, for this node, at the prices of the list', () => {
    expect(recoverSigner(signed.hash, signed.signature)).toBe(identity.manifest.receiptKey)
    expect(hashOffer(parseOffer(signed.json), identity.domain)).toBe(signed.hash)
    expect(signed.offer).toMatchObject({
      nodeId: identity.nodeId,
      model: 'openai/gpt-4o',
      paymentChainId: 84532n,
      decimals: 6,
      inputPrice: 2_500_000n,
      cachedInputPrice: 1_250_000n,
      outputPrice: 10_000_000n,
      surchargeSettle: 100n,
      surchargeBatch: 10n,
      notBefore: startedAt - 60n,
      notAfter: startedAt + 1000n,
    })
  })

  test('there is one for every model', () => {
    expect(book.all().map(({ offer }) => offer.model)).toEqual(prices.models.map(({ id }) => id))
  })

  test('are kept for half of their time, then signed anew; the old ones hold to their end', () => {
    clock.now = startedAt + 499n
    expect(book.offerFor(gpt)).toBe(signed)
    clock.now = startedAt + 500n
    const fresh = book.offerFor(gpt)
    expect(fresh.offer.notAfter).toBe(startedAt + 1500n)
    expect(book.recognise(echoOf(signed))?.hash).toBe(signed.hash)
    clock.now = startedAt + 1000n
    expect(book.recognise(echoOf(signed))?.hash).toBe(signed.hash)
    clock.now = startedAt + 1001n
    expect(book.recognise(echoOf(signed))).toBeUndefined()
    expect(book.recognise(echoOf(fresh))?.hash).toBe(fresh.hash)
    clock.now = startedAt
  })
})

test('behavior: with new keys new offers are made; those of the old ones hold until the overlap is over', async () => {
  const keys = await identityOf()
  const rotating = createOfferBook({ config, prices, identity: keys, now: () => clock.now, macKey })
  const before = rotating.offerFor(gpt)
  clock.now = startedAt + 300n
  await keys.step()
  const after = rotating.offerFor(gpt)
  expect(after.offer.nodeId).toBe(keys.nodeId)
  expect(after.offer.nodeId).not.toBe(before.offer.nodeId)
  expect(rotating.recognise(echoOf(before))).toEqual(before)
  clock.now = startedAt + 400n
  expect(rotating.recognise(echoOf(before))).toBeUndefined()
  expect(rotating.recognise(echoOf(after))).toEqual(after)
  clock.now = startedAt
})

describe('recognise', () => {
  test('gives the offer back as it was made, whatever else is echoed', () => {
    expect(book.recognise({ ...echoOf(signed), extra: 'ignored' })).toEqual(signed)
  })

  test('another book with the same key of the same node recognises it: nothing is looked up', () => {
    const replica = createOfferBook({ config, prices, identity, now: () => clock.now, macKey })
    expect(replica.recognise(echoOf(signed))?.hash).toBe(signed.hash)
  })

  test('a restarted node does not: its keys are new', async () => {
    const restarted = createOfferBook({ config, prices, identity: await identityOf(), now: () => clock.now, macKey })
    expect(restarted.recognise(echoOf(signed))).toBeUndefined()
    const otherKey = createOfferBook({ config, prices, identity, now: () => clock.now, macKey: draw(32) })
    expect(otherKey.recognise(echoOf(signed))).toBeUndefined()
  })

  test('every changed field of the offer is noticed', () => {
    for (const [field, value] of Object.entries(signed.json)) {
      const changed =
        typeof value === 'number'
          ? value + 1
          : `${String(value).slice(0, -1)}${String(value).endsWith('1') ? '2' : '1'}`
      const echo = echoOf(signed)
      echo['offer'] = { ...signed.json, [field]: changed }
      expect(book.recognise(echo), field).toBeUndefined()
      // Nor does it help to hash what was changed.
      try {
        echo['offerHash'] = hashOffer(parseOffer(echo['offer']), identity.domain)
      } catch {
        continue
      }
      expect(book.recognise(echo), `${field}, hashed`).toBeUndefined()
    }
  })

  test.each<[string, (echo: Record<string, unknown>) => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['text', () => 'offer'],
    ['no offer', ({ offer: _, ...rest }) => rest],
    ['no mac', ({ mac: _, ...rest }) => rest],
    ['a short mac', (echo) => ({ ...echo, mac: '0x' })],
    ['a mac with other letters', (echo) => ({ ...echo, mac: `0x${'é'.repeat(64)}` })],
    ['a mac that is a list', (echo) => ({ ...echo, mac: [echo['mac']] })],
    ['the mac in capitals', (echo) => ({ ...echo, mac: String(echo['mac']).toUpperCase() })],
    ['another signature', (echo) => ({ ...echo, signature: `0x${'11'.repeat(65)}` })],
    ['the mac of another offer', (echo) => ({ ...echo, mac: book.offerFor(modelOf('openai/gpt-4.1')).mac })],
    ['another hash', (echo) => ({ ...echo, offerHash: `0x${'00'.repeat(32)}` as Hex })],
  ])('refuses %s', (_name, change) => {
    expect(book.recognise(change(echoOf(signed)))).toBeUndefined()
  })
})

describe('quotes whose prompt was counted', () => {
  const counted = { tokens: 150 }
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(12)
  const body: JsonObject = { model: gpt.id, messages: [{ role: 'user', content: text }], max_tokens: 64 }
  const signer = privateKeyToAccount(`0x${'11'.repeat(32)}`)
  let desk: PaymentDesk

  async function deskOf(
    own: OfferBook,
    key: Uint8Array,
    count: PromptCounter['count'] = async () => counted.tokens,
  ): Promise<PaymentDesk> {
    return createPaymentDesk({
      config,
      offers: own,
      quotes: createPromptQuotes({ counter: { count }, macKey: key }),
      now: () => clock.now,
      recover: createFastRecover().recover,
      keccak: (await createFastKeccak()).keccak,
      uptoFacilitator: () => undefined,
    })
  }

  let ownBook: OfferBook
  beforeAll(async () => {
    ownBook = createOfferBook({ config, prices, identity, now: () => clock.now, macKey })
    desk = await deskOf(ownBook, macKey)
  })

  function pricedOf(content: JsonObject, name = gpt.id): PricedRequest {
    const canonicalBody = canonicalize(content)
    return {
      model: modelOf(name),
      fallbacks: [],
      canonicalBody,
      upstreamBody: content,
      promptTokens: BigInt(Buffer.byteLength(canonicalBody)),
      maxCompletionTokens: 64n,
      settlement: 'SETTLE',
      requestHash: hashRequest(content),
      resourceUrl: 'http://127.0.0.1:8402/v1/chat/completions',
    }
  }

  async function askedOf(own: PaymentDesk, request: PricedRequest): Promise<PaymentRequirements> {
    const required = decodePaymentRequired(await own.challengeFor(request, 'payment_required'))
    const [asked] = required.accepts
    if (asked === undefined) throw new Error('nothing is accepted')
    return asked
  }

  /** Pays on such terms, as a foreign client does: it signs the amount, and echoes the rest. */
  async function headerFor(accepted: PaymentRequirements): Promise<string> {
    const { payload } = await createPayment(accepted, {
      required: { x402Version: 2, resource: { url: 'http://127.0.0.1:8402' }, accepts: [accepted] },
      scheme: exactClient({ signer }),
      now: clock.now,
      randomBytes: draw,
    })
    return encodePaymentHeader(payload)
  }

  function ogOf(asked: PaymentRequirements): JsonObject {
    return structuredClone(asked.extra?.['og']) as JsonObject
  }

  function withQuote(asked: PaymentRequirements, quote: unknown): PaymentRequirements {
    const og = { ...ogOf(asked), quote } as JsonObject
    return { ...asked, extra: { ...asked.extra, og } }
  }

  const refused = (code: string) => expect.objectContaining({ code: 'payment_required', wireCode: code })

  test('default: a 402 asks for what was counted, names how, and is paid by that', async () => {
    const request = pricedOf(body)
    const asked = await askedOf(desk, request)
    const bounds = { completionTokens: 64n, settlement: 'SETTLE' } as const
    expect(asked.amount).toBe(`${quoteOf(signed.offer, { ...bounds, promptTokens: 150n })}`)
    expect(ogOf(asked)).toMatchObject({
      promptCount: { tokenizer: 'o200k_base' },
      quote: { promptTokens: 150, mac: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
    })
    expect(desk.check(await headerFor(asked), request)).toMatchObject({ authorized: BigInt(asked.amount) })
    // One unit less is refused, and who pays by the bytes needs no quote.
    const less = { ...asked, amount: `${BigInt(asked.amount) - 1n}` }
    const [tooLittle, byBytes] = [await headerFor(less), quoteOf(signed.offer, { ...bounds, ...request })]
    expect(() => desk.check(tooLittle, request)).toThrow(refused('amount_below_quote'))
    const whole = await headerFor({ ...withQuote(asked, 'nonsense'), amount: `${byBytes}` })
    expect(desk.check(whole, request)).toMatchObject({ authorized: byBytes })
  })

  test('behavior: short bodies, models without a rule, and counts that do not come are asked for by the bytes', async () => {
    const short = pricedOf({ model: gpt.id, prompt: 'Hello' })
    expect(ogOf(await askedOf(desk, short))).not.toHaveProperty('quote')
    const unknown = await askedOf(desk, pricedOf(body, 'bytedance/seed-1.8'))
    expect(ogOf(unknown)).not.toHaveProperty('promptCount')
    expect(ogOf(unknown)).not.toHaveProperty('quote')
    const busy = await deskOf(ownBook, macKey, async () => undefined)
    const asked = await askedOf(busy, pricedOf(body))
    const { promptTokens } = pricedOf(body)
    expect(asked.amount).toBe(`${quoteOf(signed.offer, { promptTokens, completionTokens: 64n, settlement: 'SETTLE' })}`)
    expect(ogOf(asked)).not.toHaveProperty('quote')
    // The count is a bound from above only: more than the bytes it never is.
    counted.tokens = 1_000_000
    expect((await askedOf(desk, pricedOf(body))).amount).toBe(asked.amount)
    counted.tokens = 150
  })

  test.each<[string, (quote: Readonly<Record<string, unknown>>) => unknown]>([
    ['none', () => undefined],
    ['null', () => null],
    ['text', () => 'quote'],
    ['a number', () => 150],
    ['a list', (quote) => [quote['promptTokens'], quote['mac']]],
    ['no mac', ({ promptTokens }) => ({ promptTokens })],
    ['no count', ({ mac }) => ({ mac })],
    ['a lower count', (quote) => ({ ...quote, promptTokens: 149 })],
    ['no tokens', (quote) => ({ ...quote, promptTokens: 0 })],
    ['a negative count', (quote) => ({ ...quote, promptTokens: -150 })],
    ['half a token', (quote) => ({ ...quote, promptTokens: 149.5 })],
    ['a huge count', (quote) => ({ ...quote, promptTokens: 1e300 })],
    ['the count as text', (quote) => ({ ...quote, promptTokens: '150' })],
    ['the count as a list', (quote) => ({ ...quote, promptTokens: [150] })],
    ['the count as an object', (quote) => ({ ...quote, promptTokens: { valueOf: 150, toString: '150' } })],
    ['another mac', (quote) => ({ ...quote, mac: `0x${'00'.repeat(32)}` })],
    ['a short mac', (quote) => ({ ...quote, mac: '0x' })],
    ['a mac with other letters', (quote) => ({ ...quote, mac: `0x${'é'.repeat(64)}` })],
    ['the mac in capitals', (quote) => ({ ...quote, mac: String(quote['mac']).toUpperCase() })],
    ['a mac that is a list', (quote) => ({ ...quote, mac: [quote['mac']] })],
    ['the mac of the offer', (quote) => ({ ...quote, mac: signed.mac })],
    ['a constructor', (quote) => ({ constructor: { prototype: quote } })],
  ])('a payment below the bytes with %s for a quote is refused', async (_name, change) => {
    const asked = await askedOf(desk, pricedOf(body))
    const quote = ogOf(asked)['quote'] as Readonly<Record<string, unknown>>
    const header = await headerFor(withQuote(asked, change(quote)))
    expect(() => desk.check(header, pricedOf(body))).toThrow(refused('amount_below_quote'))
  })

  test('a quote whose members would be inherited cannot be read at all', async () => {
    const asked = await askedOf(desk, pricedOf(body))
    const inherited = JSON.parse(`{"__proto__":${JSON.stringify(ogOf(asked)['quote'])}}`)
    const header = await headerFor(withQuote(asked, inherited))
    expect(() => desk.check(header, pricedOf(body))).toThrow(refused('invalid_payload'))
  })

  test('a quote holds for its body, its offer and its node only', async () => {
    const asked = await askedOf(desk, pricedOf(body))
    const { quote } = ogOf(asked)
    const header = await headerFor(asked)
    const other = pricedOf({ ...body, temperature: 1 })
    expect(() => desk.check(header, other)).toThrow(refused('amount_below_quote'))
    // The same body under a later offer of the same model, and under the offer of another one.
    clock.now = startedAt + 600n
    const later = await askedOf(desk, pricedOf(body))
    expect(ogOf(later)['offerHash']).not.toBe(ogOf(asked)['offerHash'])
    const mixed = await headerFor(withQuote(later, quote))
    expect(() => desk.check(mixed, pricedOf(body))).toThrow(refused('amount_below_quote'))
    const dearer = await askedOf(desk, pricedOf(body, 'openai/gpt-4.1'))
    const foreign = await headerFor(withQuote(dearer, quote))
    expect(() => desk.check(foreign, pricedOf(body, 'openai/gpt-4.1'))).toThrow(refused('amount_below_quote'))
    // Another key: quotes of another process are foreign, also under an offer that is known.
    const elsewhere = await deskOf(ownBook, draw(32))
    const away = await headerFor(later)
    expect(() => elsewhere.check(away, pricedOf(body))).toThrow(refused('amount_below_quote'))
    expect(desk.check(away, pricedOf(body))).toMatchObject({ kind: 'signed' })
    clock.now = startedAt
  })
})

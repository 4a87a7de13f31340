import { randomBytes } from 'node:crypto'
import type { Hex } from '@og/settlement'
import { hashOffer, parseOffer, recoverSigner } from '@og/settlement'
import { beforeAll, describe, expect, test } from 'vitest'
import { leastConfig } from '../test/least-config.js'
import { parseConfig } from './config.js'
import { createNodeIdentity } from './node-identity.js'
import { createNodeKeys, type NodeKeys } from './node-keys.js'
import { createOfferBook, type OfferBook, type SignedOffer } from './offer-book.js'
import { createPriceTable, type Model } from './prices.js'

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

import {
  bazaarResourceServerExtension,
  declareDiscoveryExtension,
  validateDiscoveryExtension,
} from '@x402/extensions/bazaar'
import {
  createEIP712OfferReceiptIssuer,
  verifyOfferSignatureEIP712,
  verifyReceiptSignatureEIP712,
} from '@x402/extensions/offer-receipt'
import { declarePaymentIdentifierExtension } from '@x402/extensions/payment-identifier'
import {
  createSIWxPayload,
  encodeSIWxHeader,
  parseSIWxHeader,
  verifySIWxSignature,
} from '@x402/extensions/sign-in-with-x'
import { describe, expect, test } from 'vitest'
import { accountOf, exactRequirements, NOW } from '../../test/fixtures.js'
import { isPaymentIdentifier, paymentIdentifierExtension } from '../protocol/payment-identifier.js'
import { createMemoryAccessStore } from './access-store.js'
import { discoveryExtension } from './bazaar.js'
import { recoverOffer, recoverReceipt, signOffers, signReceipt } from './offer-receipt.js'
import { createSignIn, decodeSignIn, signInExtension, verifySignIn } from './sign-in-with-x.js'

const server = accountOf('server')
const payer = accountOf('payer')
const URL_CHAT = 'https://api.example/v1/chat'
const NETWORK = 'eip155:84532'

describe('offer-receipt', () => {
  test('default: the official verifier reads our offers and receipts', async () => {
    const [offer] = await signOffers([exactRequirements()], { signer: server, resourceUrl: URL_CHAT, now: NOW })
    const read = await verifyOfferSignatureEIP712(offer as never)
    expect(read.signer).toBe(server.address)
    expect(read.payload).toMatchObject({ amount: '10000', validUntil: Number(NOW) + 60 })
    const receipt = await signReceipt(
      { resourceUrl: URL_CHAT, network: NETWORK, payer: payer.address, issuedAt: NOW, transaction: '0x11' },
      server,
    )
    expect((await verifyReceiptSignatureEIP712(receipt as never)).signer).toBe(server.address)
    expect(recoverOffer(offer).signer).toBe(server.address)
    expect(recoverReceipt(receipt)).toMatchObject({ signer: server.address, terms: { issuedAt: NOW } })
  })

  test('default: we read the offers and receipts of the official issuer', async () => {
    const issuer = createEIP712OfferReceiptIssuer('did:pkh:x', (data) => server.signTypedData(data as never))
    const { scheme, network, asset, payTo, amount } = exactRequirements()
    const offer = await issuer.issueOffer(URL_CHAT, { acceptIndex: 0, scheme, network, asset, payTo, amount })
    const receipt = await issuer.issueReceipt(URL_CHAT, payer.address, NETWORK)
    expect(recoverOffer(offer).signer).toBe(server.address)
    expect(recoverReceipt(receipt).signer).toBe(server.address)
  })

  test('error: every altered field names another signer', async () => {
    const [offer] = await signOffers([exactRequirements()], { signer: server, resourceUrl: URL_CHAT, now: NOW })
    const payload = offer?.['payload'] as Record<string, string | number>
    for (const [key, value] of Object.entries(payload)) {
      if (key === 'version') continue
      const altered = { ...offer, payload: { ...payload, [key]: typeof value === 'number' ? value + 1 : `${value}x` } }
      expect(recoverOffer(altered).signer, key).not.toBe(server.address)
    }
    for (const bad of [
      null,
      {},
      { ...offer, format: 'jws' },
      { ...offer, signature: '0x' },
      { ...offer, payload: {} },
    ]) {
      expect(() => recoverOffer(bad)).toThrow()
    }
    expect(() => recoverOffer({ ...offer, payload: { ...payload, version: 2 } })).toThrow('version')
  })
})

describe('sign-in-with-x', () => {
  const extension = signInExtension({ url: URL_CHAT, networks: [NETWORK], nonce: 'abcdef0123456789', now: NOW })
  const options = { url: URL_CHAT, now: NOW }

  test('default: our proof verifies with us and with the official verifier', async () => {
    for (const statement of [undefined, 'Come in']) {
      const challenge = signInExtension({
        url: URL_CHAT,
        networks: [NETWORK],
        nonce: 'abcdef0123456789',
        now: NOW,
        ...(statement === undefined ? {} : { statement }),
      })
      const header = await createSignIn(challenge, { url: URL_CHAT, network: NETWORK, signer: payer })
      expect(verifySignIn(decodeSignIn(header), options)).toEqual({ ok: true, address: payer.address })
      expect(await verifySIWxSignature(parseSIWxHeader(header))).toMatchObject({ isValid: true, payer: payer.address })
    }
  })

  test('default: an official proof verifies with us', async () => {
    const info = { ...(extension['info'] as object), chainId: NETWORK, type: 'eip191' }
    const proof = await createSIWxPayload(info as never, payer, URL_CHAT)
    expect(verifySignIn(decodeSignIn(encodeSIWxHeader(proof)), options)).toEqual({ ok: true, address: payer.address })
  })

  test('error: other origin, other times, other signer, other version', async () => {
    const proof = decodeSignIn(await createSignIn(extension, { url: URL_CHAT, network: NETWORK, signer: payer }))
    const cases = [
      [proof, { url: 'https://evil.example/', now: NOW }, 'wrong_domain'],
      [{ ...proof, uri: 'https://evil.example/' }, options, 'wrong_uri'],
      [{ ...proof, uri: 'nothing' }, options, 'wrong_uri'],
      [{ ...proof, version: '2' }, options, 'wrong_version'],
      [{ ...proof, nonce: 'x' }, options, 'malformed_nonce'],
      [proof, { url: URL_CHAT, now: NOW + 301n }, 'not_current'],
      [proof, { url: URL_CHAT, now: NOW - 31n }, 'not_current'],
      [{ ...proof, issuedAt: 'yesterday' }, options, 'not_current'],
      [{ ...proof, expirationTime: proof.issuedAt }, options, 'not_current'],
      [{ ...proof, address: server.address }, options, 'invalid_signature'],
      [{ ...proof, nonce: 'abcdef0123456780' }, options, 'invalid_signature'],
      [{ ...proof, resources: [] }, options, 'invalid_signature'],
    ] as const
    for (const [changed, context, code] of cases) expect(verifySignIn(changed, context)).toEqual({ ok: false, code })
  })

  test('error: a challenge for another origin is not signed', async () => {
    const ask = (url: string, network: `${string}:${string}` = NETWORK) =>
      createSignIn(extension, { url, network, signer: payer })
    await expect(ask('https://evil.example/')).rejects.toMatchObject({ code: 'NO_ACCEPTABLE_REQUIREMENTS' })
    await expect(ask(URL_CHAT, 'eip155:1')).rejects.toMatchObject({ code: 'NO_ACCEPTABLE_REQUIREMENTS' })
    await expect(createSignIn({}, { url: URL_CHAT, network: NETWORK, signer: payer })).rejects.toThrow()
  })

  test('error: line breaks and malformed proofs are refused', () => {
    const header = (value: unknown): string => btoa(JSON.stringify(value))
    const good = {
      domain: 'api.example',
      address: payer.address,
      uri: URL_CHAT,
      version: '1',
      chainId: NETWORK,
      type: 'eip191',
      nonce: 'abcdef0123456789',
      issuedAt: '2027-01-15T08:00:00.000Z',
      signature: `0x${'11'.repeat(65)}`,
    }
    expect(decodeSignIn(header(good)).address).toBe(payer.address)
    for (const change of [
      { statement: 'a\nURI: https://evil.example' },
      { type: 'ed25519' },
      { signature: '0x11' },
      { chainId: 'solana:x' },
      { address: 'vitalik.eth' },
      { resources: 'x' },
      { resources: ['a\nb'] },
      { nonce: undefined },
    ]) {
      expect(() => decodeSignIn(header({ ...good, ...change })), JSON.stringify(change)).toThrow()
    }
  })

  test('behavior: a nonce is taken once', async () => {
    const store = createMemoryAccessStore({ maxEntries: 2 })
    const take = (nonce: string, now = NOW) => store.takeNonce({ nonce, expiresAt: now + 300n, now })
    expect([await take('a'), await take('a'), await take('b'), await take('c')]).toEqual([true, false, true, false])
    expect(await take('c', NOW + 301n)).toBe(true)
  })
})

describe('bazaar', () => {
  test.each(['GET', 'POST'] as const)('default: %s equals what the official declaration becomes', (method) => {
    const config = {
      input: { q: 1 },
      inputSchema: { properties: { q: { type: 'number' } } },
      output: { example: { a: 2 } },
      ...(method === 'POST' ? { bodyType: 'json' as const } : {}),
    }
    const ours = discoveryExtension({ method, ...config })
    const declared = declareDiscoveryExtension({ ...config, method } as never)['bazaar']
    const context = { method, adapter: { getPath: () => '/' } }
    expect(ours).toEqual(bazaarResourceServerExtension.enrichDeclaration?.(declared as never, context as never))
    expect(validateDiscoveryExtension(ours as never)).toEqual({ valid: true })
  })
})

test('payment-identifier: our declaration equals the official one', () => {
  expect(paymentIdentifierExtension()).toEqual(declarePaymentIdentifierExtension())
  expect(paymentIdentifierExtension({ required: true })).toEqual(declarePaymentIdentifierExtension(true))
  const ids = [
    'a'.repeat(16),
    'a'.repeat(128),
    'pay_0123456789ab',
    'a'.repeat(15),
    'a'.repeat(129),
    `${'a'.repeat(16)}!`,
    5,
  ]
  expect(ids.map(isPaymentIdentifier)).toEqual([true, true, true, false, false, false, false])
})

import { describe, expect, test } from 'vitest'
import {
  bytes32,
  domain,
  input,
  lie,
  manifest,
  nodeKey,
  offer,
  receipt,
  request,
  response,
  salts,
  signReceipt,
  strangerKey,
  terms,
} from '../../test/fixture.js'
import type { Hex } from '../hex.js'
import { portableKeccak } from '../keccak.js'
import { hashOffer } from '../offer/offer.js'
import type { CheckReceiptInput, ExpectedReceipt } from './check-input.js'
import { checkReceipt } from './check-receipt.js'
import type { CheckVerdict } from './check-step.js'
import type { Receipt } from './receipt.js'
import type { ReceiptCode } from './receipt-code.js'
import { signDigest } from './signature.js'
import type { Terms } from './terms.js'

const other = bytes32(0xee)
const stranger = '0x4444444444444444444444444444444444444444'

function codesOf(verdict: CheckVerdict<ReceiptCode>): ReceiptCode[] {
  return verdict.steps.flatMap((step) => (step.ok ? [] : [step.code]))
}

/** Exactly these checks fail, in this order, and the first gives the verdict's code. */
function expectCodes(checked: CheckReceiptInput, codes: readonly ReceiptCode[]): void {
  const verdict = checkReceipt(checked)
  expect(codesOf(verdict)).toEqual(codes)
  expect(verdict.ok ? undefined : verdict.code).toBe(codes[0])
}

describe('checkReceipt', () => {
  test('behavior: a Keccak that is given judges in place of the portable one', () => {
    let calls = 0
    const keccak = (bytes: Uint8Array): Uint8Array => {
      calls += 1
      return portableKeccak(bytes)
    }
    expect(checkReceipt({ ...input, keccak })).toEqual(checkReceipt(input))
    expect(calls).toBeGreaterThan(10)
    expect(codesOf(checkReceipt({ ...input, keccak: (bytes) => portableKeccak(bytes).fill(0) }))).toEqual([
      'RECEIPT_SIGNATURE',
      'WRONG_NODE',
      'TERMS_HASH',
      'REQUEST_COMMITMENT',
      'RESPONSE_COMMITMENT',
      'UPSTREAM_REQUEST_COMMITMENT',
      'OFFER_HASH',
      'OFFER_SIGNATURE',
    ])
  })

  test('default: every check holds and none is left out', () => {
    const verdict = checkReceipt(input)
    expect(verdict).toMatchObject({ ok: true, notChecked: [] })
    expect(verdict.steps.map((step) => step.name)).toMatchInlineSnapshot(`
      [
        "signature",
        "node",
        "log",
        "record contract",
        "node validity",
        "times",
        "mode",
        "settlement",
        "payment hash",
        "attempt",
        "terms",
        "request",
        "model requested",
        "response",
        "model answered",
        "upstream request",
        "payer",
        "payee",
        "scheme",
        "authorized amount",
        "charge limit",
        "usage",
        "outcome",
        "outcome and charge",
        "offer",
        "offer signature",
        "offer node",
        "offer validity",
        "offer payment",
        "offered settlement",
        "charge",
      ]
    `)
  })

  test('behavior: what is not given is named, not passed', () => {
    const verdict = checkReceipt({
      receipt,
      terms,
      signature: input.signature,
      salts,
      domain,
      manifest,
    })
    expect(verdict.ok).toBe(true)
    expect(verdict.notChecked).toMatchInlineSnapshot(`
      [
        "payment hash",
        "attempt",
        "request",
        "response",
        "upstream request",
        "payer",
        "authorized amount",
        "offer",
      ]
    `)
  })

  // A tampered copy: nobody signed it again.
  const tampered: Record<keyof Receipt, Partial<Receipt>> = {
    nodeId: { nodeId: other },
    logId: { logId: other },
    paymentHash: { paymentHash: other },
    attempt: { attempt: 2 },
    requestCommitment: { requestCommitment: other },
    responseCommitment: { responseCommitment: other },
    termsHash: { termsHash: other },
    mode: { mode: 0 },
    settlement: { settlement: 0 },
    finishedAt: { finishedAt: receipt.finishedAt + 1n },
    settleBy: { settleBy: receipt.settleBy + 1n },
  }
  test.each(Object.entries(tampered))('error: RECEIPT_SIGNATURE: %s tampered with', (_field, change) => {
    const verdict = checkReceipt({ ...input, receipt: { ...receipt, ...change } })
    expect(verdict).toMatchObject({ ok: false, code: 'RECEIPT_SIGNATURE' })
  })

  const tamperedTerms: Record<keyof Terms, Partial<Terms>> = {
    salt: { salt: other },
    payer: { payer: stranger },
    scheme: { scheme: 'batch-settlement' },
    paymentChainId: { paymentChainId: 1n },
    asset: { asset: stranger },
    payTo: { payTo: stranger },
    authorized: { authorized: terms.authorized + 1n },
    charged: { charged: terms.charged - 1n },
    offerHash: { offerHash: other },
    modelRequested: { modelRequested: 'gpt-5' },
    modelAnswered: { modelAnswered: 'gpt-5' },
    upstream: { upstream: 'evil.example' },
    upstreamRequestCommitment: { upstreamRequestCommitment: other },
    promptTokens: { promptTokens: 1001n },
    cachedPromptTokens: { cachedPromptTokens: 401n },
    completionTokens: { completionTokens: 501n },
    reasoningTokens: { reasoningTokens: 101n },
    usageSource: { usageSource: 1 },
    outcome: { outcome: 1 },
    receivedAt: { receivedAt: terms.receivedAt + 1n },
  }
  test.each(Object.entries(tamperedTerms))('error: TERMS_HASH: %s tampered with', (_field, change) => {
    const verdict = checkReceipt({ ...input, terms: { ...terms, ...change } })
    expect(verdict).toMatchObject({ ok: false, code: 'TERMS_HASH' })
  })

  // A lying node: every field changed and signed again; only the code of the lie comes up.
  test.each<[keyof Receipt, Partial<Receipt>, readonly ReceiptCode[]]>([
    ['nodeId', { nodeId: other }, ['WRONG_NODE', 'OFFER_NODE']],
    ['logId', { logId: other }, ['WRONG_LOG']],
    ['paymentHash', { paymentHash: other }, ['PAYMENT_HASH']],
    ['attempt', { attempt: 2 }, ['ATTEMPT']],
    ['requestCommitment', { requestCommitment: other }, ['REQUEST_COMMITMENT']],
    ['responseCommitment', { responseCommitment: other }, ['RESPONSE_COMMITMENT']],
    ['termsHash', { termsHash: other }, ['TERMS_HASH']],
    ['mode', { mode: 0 }, ['WRONG_MODE']],
    ['mode', { mode: 2 }, ['WRONG_MODE']],
    ['settlement', { settlement: 0 }, ['WRONG_SETTLEMENT', 'CHARGE_NOT_OFFER']],
    ['settlement', { settlement: 1 }, ['WRONG_SETTLEMENT', 'SETTLEMENT_NOT_OFFERED', 'CHARGE_NOT_OFFER']],
    ['settlement', { settlement: 3 }, ['WRONG_SETTLEMENT', 'SETTLEMENT_NOT_OFFERED', 'CHARGE_NOT_OFFER']],
    ['finishedAt', { finishedAt: manifest.notAfter + 1n, settleBy: manifest.notAfter + 9n }, ['OUTSIDE_VALIDITY']],
    ['finishedAt', { finishedAt: manifest.notBefore - 1n }, ['OUTSIDE_VALIDITY', 'TIME_ORDER']],
    ['finishedAt', { finishedAt: terms.receivedAt - 1n }, ['TIME_ORDER']],
    ['settleBy', { settleBy: receipt.finishedAt - 1n }, ['TIME_ORDER']],
  ])('error: a lie about receipt.%s %#', (_field, change, codes) => {
    expectCodes(lie({ receipt: change }), codes)
  })

  test.each<[keyof Terms, Partial<Terms>, readonly ReceiptCode[]]>([
    ['payer', { payer: stranger }, ['PAYER']],
    ['scheme', { scheme: 'credit' }, ['UNKNOWN_SCHEME']],
    ['paymentChainId', { paymentChainId: 1n }, ['WRONG_NETWORK', 'OFFER_PAYMENT']],
    ['asset', { asset: stranger }, ['WRONG_ASSET', 'OFFER_PAYMENT']],
    ['payTo', { payTo: stranger }, ['WRONG_PAYEE', 'OFFER_PAYMENT']],
    ['payTo', { payTo: '0x3333333333333333333333333333333333333333' }, ['WRONG_PAYEE', 'OFFER_PAYMENT']],
    ['authorized', { authorized: terms.authorized + 1n }, ['AUTHORIZED']],
    ['charged', { charged: terms.charged + 1n }, ['CHARGE_NOT_OFFER']],
    ['charged', { charged: terms.charged - 1n }, ['CHARGE_NOT_OFFER']],
    ['charged', { charged: 0n }, ['CHARGE_NOT_OFFER']],
    ['charged', { charged: terms.authorized + 1n }, ['CHARGE_EXCEEDS_AUTHORIZED', 'CHARGE_NOT_OFFER']],
    ['offerHash', { offerHash: other }, ['OFFER_HASH']],
    ['modelRequested', { modelRequested: 'gpt-5' }, ['MODEL_REQUESTED']],
    ['modelAnswered', { modelAnswered: 'gpt-5' }, ['MODEL_ANSWERED']],
    ['upstreamRequestCommitment', { upstreamRequestCommitment: other }, ['UPSTREAM_REQUEST_COMMITMENT']],
    ['promptTokens', { promptTokens: 999n }, ['CHARGE_NOT_OFFER']],
    ['promptTokens', { promptTokens: 399n }, ['USAGE', 'CHARGE_NOT_OFFER']],
    ['cachedPromptTokens', { cachedPromptTokens: 399n }, ['CHARGE_NOT_OFFER']],
    ['cachedPromptTokens', { cachedPromptTokens: 1001n }, ['USAGE', 'CHARGE_NOT_OFFER']],
    ['completionTokens', { completionTokens: 499n }, ['CHARGE_NOT_OFFER']],
    ['reasoningTokens', { reasoningTokens: 99n }, ['CHARGE_NOT_OFFER']],
    ['reasoningTokens', { reasoningTokens: 501n }, ['USAGE', 'CHARGE_NOT_OFFER']],
    ['usageSource', { usageSource: 2 }, ['USAGE']],
    ['outcome', { outcome: 3 }, ['OUTCOME_CHARGE']],
    ['outcome', { outcome: 4 }, ['OUTCOME_CHARGE']],
    ['outcome', { outcome: 5 }, ['OUTCOME']],
    ['receivedAt', { receivedAt: receipt.finishedAt + 1n }, ['TIME_ORDER']],
    ['receivedAt', { receivedAt: offer.notBefore - 1n }, ['OFFER_EXPIRED']],
  ])('error: a lie about terms.%s %#', (_field, change, codes) => {
    expectCodes(lie({ terms: change }), codes)
  })

  test('error: OFFER_EXPIRED after the end of the offer', () => {
    const late = offer.notAfter + 1n
    expectCodes(lie({ terms: { receivedAt: late }, receipt: { finishedAt: late, settleBy: late } }), ['OFFER_EXPIRED'])
  })

  test.each<[ReceiptCode, Partial<CheckReceiptInput>]>([
    ['REQUEST_COMMITMENT', { salts: { ...salts, request: other } }],
    ['REQUEST_COMMITMENT', { salts: { ...salts, request: '0x00' } }],
    ['RESPONSE_COMMITMENT', { salts: { ...salts, response: other } }],
    ['UPSTREAM_REQUEST_COMMITMENT', { salts: { ...salts, upstreamRequest: other } }],
    ['REQUEST_COMMITMENT', { request: { ...request, temperature: 0.8 } }],
    ['REQUEST_COMMITMENT', { request: { ...request, unknown_field: null } }],
    [
      'RESPONSE_COMMITMENT',
      { response: { ...response, choices: [{ message: { content: 'Au revoir' }, finish_reason: 'stop' }] } },
    ],
    ['UPSTREAM_REQUEST_COMMITMENT', { upstreamRequest: new Uint8Array(3) }],
    ['OFFER_SIGNATURE', { offerSignature: signDigest(hashOffer(offer, domain), strangerKey) }],
    ['OFFER_SIGNATURE', { offerSignature: '0x' }],
    ['RECEIPT_SIGNATURE', { signature: signReceipt(receipt, strangerKey) }],
    ['RECEIPT_SIGNATURE', { signature: '0x' }],
    ['OFFER_HASH', { offer: { ...offer, model: 'openai/gpt-5' } }],
  ])('error: %s for other material %#', (code, change) => {
    expect(checkReceipt({ ...input, ...change })).toMatchObject({ ok: false, code })
  })

  test.each<[ReceiptCode, ExpectedReceipt]>([
    ['PAYMENT_HASH', { paymentHash: other }],
    ['ATTEMPT', { attempt: 7 }],
    ['PAYER', { payer: stranger }],
    ['AUTHORIZED', { authorized: 1n }],
    ['WRONG_SETTLEMENT', { settlement: 'SETTLE' }],
  ])('error: %s when something else was expected', (code, change) => {
    expectCodes({ ...input, expected: { ...input.expected, ...change } }, [code])
  })

  test('error: WRONG_DOMAIN for another chain or contract', () => {
    expect(codesOf(checkReceipt({ ...input, domain: { ...domain, chainId: 1n } }))).toContain('WRONG_DOMAIN')
    expect(codesOf(checkReceipt({ ...input, domain: { ...domain, verifyingContract: stranger } }))).toContain(
      'WRONG_DOMAIN',
    )
  })

  test('error: WRONG_NODE for every manifest but the signed one', () => {
    for (const change of [{ codeVersion: '0.1.1' }, { endpoint: 'https://evil.example' }, { sealing: null }]) {
      expectCodes({ ...input, manifest: { ...manifest, ...change } }, ['WRONG_NODE'])
    }
  })

  test('error: WRONG_MODE when TEE was asked of a VANILLA node; TEE meets VANILLA', () => {
    const vanilla = { ...manifest, mode: 'VANILLA' as const }
    const lying = { ...lie({ receipt: { mode: 0 } }), manifest: vanilla }
    expect(codesOf(checkReceipt(lying))).toContain('WRONG_MODE')
    expect(codesOf(checkReceipt({ ...lying, expected: { mode: 'VANILLA' } }))).not.toContain('WRONG_MODE')
    expectCodes({ ...input, expected: { ...input.expected, mode: 'VANILLA' } }, [])
  })

  describe('charges', () => {
    test.each<[string, Partial<Terms>, readonly ReceiptCode[]]>([
      ['exact takes its whole amount', { scheme: 'exact', charged: terms.authorized }, []],
      ['exact takes nothing', { scheme: 'exact', charged: 0n }, []],
      ['exact takes a part', { scheme: 'exact' }, ['OUTCOME_CHARGE']],
      ['exact failed and took nothing', { scheme: 'exact', outcome: 3, charged: 0n }, []],
      ['exact failed and took all', { scheme: 'exact', outcome: 3, charged: terms.authorized }, ['OUTCOME_CHARGE']],
      ['exact owes a refund', { scheme: 'exact', outcome: 4, charged: terms.authorized }, []],
      ['exact owes a refund of nothing', { scheme: 'exact', outcome: 4, charged: 0n }, ['OUTCOME_CHARGE']],
      ['upto failed and took nothing', { outcome: 3, charged: 0n }, []],
      ['upto was aborted', { outcome: 2 }, []],
      ['upto stopped at the ceiling', { completionTokens: 90_000n, outcome: 1, charged: terms.authorized }, []],
      ['upto was quoted for fewer prompt tokens', { promptTokens: 2_000_000n, charged: terms.authorized }, []],
      [
        'upto gave away more than the ceiling asks for',
        { promptTokens: 2_000_000n, charged: terms.authorized - 1n },
        ['CHARGE_NOT_OFFER'],
      ],
      ['a channel charges usage', { scheme: 'batch-settlement' }, []],
    ])('behavior: %s', (_name, change, codes) => {
      expectCodes(lie({ terms: change }), codes)
    })
  })

  test('behavior: hashes and addresses are compared as bytes, not as text', () => {
    const upper = (hex: Hex): Hex => `0x${hex.slice(2).toUpperCase()}`
    expectCodes(
      {
        ...input,
        signature: upper(input.signature),
        expected: { ...input.expected, paymentHash: upper(receipt.paymentHash), payer: upper(terms.payer) },
      },
      [],
    )
  })

  test('behavior: nothing in the input makes it throw', () => {
    const broken = { ...receipt, nodeId: '0xzz' as const, attempt: -1 }
    expect(checkReceipt({ ...input, receipt: broken, signature: signDigest(other, nodeKey) })).toMatchObject({
      ok: false,
      code: 'RECEIPT_SIGNATURE',
    })
    expect(checkReceipt({ ...input, response: null })).toMatchObject({ ok: false, code: 'RESPONSE_COMMITMENT' })
    expect(checkReceipt({ ...input, response: { choices: [1] } })).toMatchObject({ code: 'RESPONSE_COMMITMENT' })
  })
})

import { describe, expect, it } from 'vitest'
import { type CollateralJson, parseCollateral } from '../collateral/collateral.js'
import { nobleCrypto } from '../crypto/noble-crypto.js'
import { parseQuote } from '../quote/quote.js'
import { createSimulatedPlatform } from '../simulator/simulated-platform.js'
import { encodePemChain, parsePemChain } from '../x509/pem.js'
import { type QuoteVerdict, verifyQuote } from './verify-quote.js'
import { verifyStepNames } from './verify-step.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const quote = parseQuote(platform.quote({ reportData: new Uint8Array(64) }))
const json = platform.collateral()

function judge(changes: Partial<CollateralJson> = {}): QuoteVerdict {
  return verifyQuote(quote, {
    collateral: parseCollateral({ ...json, ...changes }),
    now,
    trustRoot: platform.trustRoot,
  })
}

describe('verifyQuote', () => {
  it('default: runs every named step in order; the rollback of nothing is not checked', () => {
    const { steps, notChecked } = judge()
    expect(steps.map(({ name }) => name)).toEqual(verifyStepNames.filter((name) => name !== 'rollback'))
    expect(notChecked).toEqual(['rollback'])
  })

  it('behavior: what a failure leaves unchecked is named', () => {
    const { steps, notChecked } = judge({ root_ca_crl: json.pck_crl })
    expect([...steps.map(({ name }) => name), ...notChecked]).toEqual(verifyStepNames)
    expect(notChecked.at(0)).toBe('revocation')
  })

  it('behavior: collateral before the demanded TCB evaluation is refused, and so is every one when it is no number', () => {
    const judgeFrom = (minimumEvaluationDataNumber: number): QuoteVerdict =>
      verifyQuote(quote, {
        collateral: parseCollateral(json),
        now,
        trustRoot: platform.trustRoot,
        minimumEvaluationDataNumber,
      })
    const accepted = judgeFrom(18)
    expect(accepted).toMatchObject({ ok: true, notChecked: [] })
    expect(accepted.steps.map(({ name }) => name)).toEqual(verifyStepNames)
    for (const minimum of [19, Number.NaN]) {
      expect(judgeFrom(minimum)).toMatchObject({ ok: false, code: 'COLLATERAL_ROLLED_BACK' })
    }
  })

  it('behavior: a PCK, its CA or the root cannot stand in for the signer of collateral', () => {
    const [pck, pckCa, root] = quote.evidence.pckChain.map(({ der }) => der)
    const [signer] = parsePemChain(json.tcb_info_issuer_chain)
    if (!pck || !pckCa || !root || !signer) throw new Error('a certificate is missing')
    for (const impostor of [pck, pckCa, root]) {
      const chain = encodePemChain([impostor, root])
      for (const field of ['tcb_info_issuer_chain', 'qe_identity_issuer_chain'] as const) {
        expect(judge({ [field]: chain })).toMatchObject({ ok: false, code: 'CERTIFICATE_ROLE' })
      }
    }
    for (const chain of [[signer], [root], [signer, pckCa, root], [root, signer], [signer, root, root]]) {
      const verdict = judge({ tcb_info_issuer_chain: encodePemChain(chain) })
      expect(verdict).toMatchObject({ ok: false, code: expect.stringMatching(/CHAIN_SHAPE|ROOT_NOT_TRUSTED/) })
    }
  })

  it('behavior: one key is asked for each signature, and each of the nine counts', () => {
    let calls = 0
    const collateral = parseCollateral(json)
    const judgeWith = (refused: number): QuoteVerdict => {
      calls = 0
      const verifyP256 = (): boolean => {
        calls += 1
        return calls !== refused
      }
      const crypto = { ...nobleCrypto, verifyP256 }
      return verifyQuote(quote, { collateral, now, trustRoot: platform.trustRoot, crypto })
    }
    expect(judgeWith(0).ok).toBe(true)
    expect(calls).toBe(9)
    const codes = Array.from({ length: 9 }, (_, index) => {
      const verdict = judgeWith(index + 1)
      return verdict.ok ? 'accepted' : verdict.code
    })
    expect(codes).toEqual([
      'CERTIFICATE_SIGNATURE',
      'CERTIFICATE_SIGNATURE',
      'CERTIFICATE_SIGNATURE',
      'CRL_SIGNATURE',
      'CRL_SIGNATURE',
      'TCB_INFO_SIGNATURE',
      'QE_IDENTITY_SIGNATURE',
      'QE_REPORT_SIGNATURE',
      'QUOTE_SIGNATURE',
    ])
  })

  it('error: lists swapped, documents swapped', () => {
    expect(judge({ root_ca_crl: json.pck_crl, pck_crl: json.root_ca_crl })).toMatchObject({ code: 'CRL_ISSUER' })
    expect(() => judge({ tcb_info: json.qe_identity, qe_identity: json.tcb_info })).toThrow('tcbInfo')
  })

  it('error: documents of another day with the signature of this one', () => {
    const other = platform.collateral({ now: now - 86_400n })
    expect(judge({ tcb_info: other.tcb_info })).toMatchObject({ ok: false, code: 'TCB_INFO_SIGNATURE' })
    expect(judge({ qe_identity: other.qe_identity })).toMatchObject({ ok: false, code: 'QE_IDENTITY_SIGNATURE' })
  })
})

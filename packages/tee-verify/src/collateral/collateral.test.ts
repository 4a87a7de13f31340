import { describe, expect, it } from 'vitest'
import { vectorFile, vectorJson } from '../../test/vector-files.js'
import { encodeCollateral, parseCollateral } from './collateral.js'
import { parsePcsCollateral } from './pcs-collateral.js'

const name = 'near-mpc-v4'
const wire = vectorJson('real', name, 'collateral.json')
const text = (file: string): string => new TextDecoder().decode(vectorFile('real', name, file))

describe('encodeCollateral', () => {
  it('behavior: gives back what was parsed, without what was not named', () => {
    const { pck_certificate_chain: _, ...named } = wire
    const encoded = encodeCollateral(parseCollateral(wire))
    expect(encoded).toEqual(named)
    expect(encodeCollateral(parseCollateral(JSON.parse(JSON.stringify(encoded))))).toEqual(named)
  })
})

describe('parseCollateral', () => {
  it('default', () => {
    const { tcbInfo, qeIdentity, pckCrl, rootCrl } = parseCollateral(wire)
    expect(tcbInfo.content).toMatchObject({ id: 'TDX', fmspc: '0xb0c06f000000', evaluationDataNumber: 20 })
    expect(tcbInfo.content.tdxModuleIdentities.map(({ id }) => id)).toEqual(['TDX_03', 'TDX_01'])
    expect(qeIdentity.content).toMatchObject({ id: 'TD_QE', isvProdId: 2 })
    expect(pckCrl.revokedSerialNumbers.has('0x6fc34e5023e728923435d61aa4b83c618166ad35')).toBe(true)
    expect([pckCrl.revokedSerialNumbers.size, rootCrl.revokedSerialNumbers.size]).toEqual([57, 0])
  })
})

describe('parsePcsCollateral', () => {
  it('default: the same as the wire shape', () => {
    const collateral = parsePcsCollateral({
      tcbInfo: text('tcbinfo.json'),
      tcbInfoIssuerChain: text('tcb_chain.pem'),
      qeIdentity: text('qeidentity.json'),
      qeIdentityIssuerChain: text('qe_chain.pem'),
      pckCrl: vectorFile('real', name, 'pck_crl.der'),
      pckCrlIssuerChain: String(wire['pck_crl_issuer_chain']),
      rootCaCrl: vectorFile('real', name, 'root_ca_crl.der'),
    })
    expect(collateral).toEqual(parseCollateral(wire))
  })
})

import { QuoteVerifier } from '@phala/dcap-qvl'
import { describe, expect, it } from 'vitest'
import { checkPolicy } from '../src/index.js'
import * as native from '../src/node.js'
import { judgeVector } from './judge-vector.js'
import { peerDisagreements } from './peer-disagreements.js'
import { readVector, vectorFile, vectorJson, vectorNames } from './vector-files.js'

const anyStatus = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
] as const

/** The status, or `refused`. The peer judges attributes together with the quote, so our policy of attributes counts here. */
async function ourOutcome(kind: 'real' | 'synthetic', name: string): Promise<string> {
  let isAllowed = true
  const { status, code } = await judgeVector(name, readVector(kind, name), {
    ...native,
    verifyQuote(quote, options) {
      const verdict = native.verifyQuote(quote, options)
      const waived = { measurements: 'any-measurement', reportData: 'any-report-data', tcbStatuses: anyStatus } as const
      isAllowed &&= !verdict.ok || checkPolicy(verdict, { ...waived, trustRoots: [verdict.platform] }).ok
      return verdict
    },
  })
  return status === null || code === 'TCB_REVOKED' || !isAllowed ? 'refused' : status
}

function peerOutcome(kind: 'real' | 'synthetic', name: string): string {
  const root = new TextDecoder().decode(vectorFile(kind, name, 'root.pem')).replace(/-----[^-]+-----|\s/g, '')
  const { now } = vectorJson(kind, name, 'vector.json')
  try {
    const verifier = new QuoteVerifier(Buffer.from(root, 'base64'))
    const collateral = vectorJson(kind, name, 'collateral.json') as unknown as Parameters<typeof verifier.verify>[1]
    return verifier.verify(Buffer.from(vectorFile(kind, name, 'quote.bin')), collateral, Number(now)).status
  } catch {
    return 'refused'
  }
}

const expected = new Map(peerDisagreements.flatMap(({ vectors }) => Object.entries(vectors)))

describe('@phala/dcap-qvl', () => {
  it.each(['real', 'synthetic'] as const)('behavior: agrees on %s vectors except where listed', async (kind) => {
    for (const name of vectorNames(kind)) {
      const ours = await ourOutcome(kind, name)
      const peer = peerOutcome(kind, name)
      const [listedOurs = peer, listedPeer = ours] = expected.get(name) ?? []
      expect([name, ours, peer]).toEqual([name, listedOurs, listedPeer])
    }
  })

  it('behavior: the list names existing vectors, each once, and a real difference for each', () => {
    const names = peerDisagreements.flatMap(({ vectors }) => Object.keys(vectors))
    const known = [...vectorNames('real'), ...vectorNames('synthetic')]
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
    expect([...expected.values()].filter(([ours, peer]) => ours === peer)).toEqual([])
  })
})

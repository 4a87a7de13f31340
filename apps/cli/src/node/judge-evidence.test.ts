import { verifyEvidence } from '@og/client'
import type { KeyManifest } from '@og/settlement'
import { nodeStatementOf, type RegisteredNode } from '@og/settlement/contracts'
import { generatePrivateKey } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { type Evidence, simulatedEvidence } from '../../test/simulated-evidence.js'
import { judgeEvidence } from './judge-evidence.js'

const now = 1_790_000_000n
const day = 86_400n
const policy = { platform: 'simulated', measurements: 'any-measurement' } as const
const inferenceLog = '0x1111111111111111111111111111111111111111'
const nodeRegistry = '0x2222222222222222222222222222222222222222'
const domain = { chainId: 84532n, verifyingContract: nodeRegistry } as const
const fields: Omit<KeyManifest, 'receiptKey'> = {
  version: '1',
  mode: 'TEE',
  logId: `0x${'4c'.repeat(32)}`,
  sealing: { suite: 'X25519-HKDF-SHA256/HKDF-SHA256/AES-128-GCM', rule: 'signed-by-receipt-key' },
  payments: [{ network: 'eip155:84532', asset: nodeRegistry, payTo: inferenceLog }],
  record: { chainId: 84532n, inferenceLog, nodeRegistry },
  endpoint: 'https://node.example',
  codeVersion: '1.0.0',
  notBefore: now - 60n,
  notAfter: now + 30n * day,
}

const judged = (body: object | string, nodes: readonly RegisteredNode[], at = now) =>
  judgeEvidence(new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)), {
    policy,
    domain,
    inferenceLog,
    nodesOfLog: async (logId) => nodes.filter((node) => node.logId === logId),
    now: at,
  })

/** What the registry has of evidence that a human registered; of another node of the same log, endpoint and code unless it is given. */
function registered(evidence: Evidence = simulatedEvidence(fields, { now })): RegisteredNode {
  const verdict = verifyEvidence(JSON.stringify(evidence), { policy, now })
  if (!verdict.ok) throw new Error(verdict.detail)
  const { manifest, measurements } = verdict.attestation
  const enclave = { quote: evidence.attestation.quote, measurements: { ...measurements } }
  return { ...nodeStatementOf(manifest, enclave), registeredAt: now - day, revokedAt: 0n }
}

const before = registered()
const next = simulatedEvidence(fields, { now })

describe('judgeEvidence', () => {
  test('default: keys that follow a valid node of the same log, endpoint and code', async () => {
    const { logId, endpoint, notBefore, notAfter } = fields
    expect(await judged(next, [before])).toMatchObject({
      ok: true,
      isRegistered: false,
      statement: { nodeId: next.nodeId, mode: 1, logId, endpoint, notBefore, notAfter },
    })
  })

  test('behavior: of keys that stand on chain only that is said again, whatever the quote', async () => {
    const privateKey = generatePrivateKey()
    const itself = registered(simulatedEvidence(fields, { now, privateKey }))
    const again = simulatedEvidence(fields, { now, privateKey, nonce: `0x${'77'.repeat(32)}` })
    expect(again.nodeId).toBe(itself.nodeId)
    const said = await judged(again, [itself])
    expect(said).toMatchObject({ ok: true, isRegistered: true, statement: { quoteHash: itself.quoteHash } })
    const revoked = { ...itself, revokedAt: now - 5n }
    expect(await judged(again, [before, revoked])).toMatchObject({ ok: false, code: 'REVOKED' })
  })

  test.each<[string, (evidence: Evidence) => object | string, string]>([
    ['no JSON', () => 'evidence', 'MALFORMED'],
    ['JSON that is no object', () => '[]', 'MALFORMED'],
    ['an empty object', () => '{}', 'MALFORMED'],
    ['a manifest without a field', (evidence) => ({ ...evidence, manifest: { version: '1' } }), 'MALFORMED'],
    ['a short nonce', (e) => ({ ...e, attestation: { ...e.attestation, nonce: '0x12' } }), 'MALFORMED'],
    ['no quote', (evidence) => ({ ...evidence, attestation: null }), 'NOT_ATTESTED'],
    ['a VANILLA manifest', () => simulatedEvidence({ ...fields, mode: 'VANILLA' }, { now }), 'NOT_ATTESTED'],
    ['another node id', (evidence) => ({ ...evidence, nodeId: `0x${'00'.repeat(32)}` }), 'EVIDENCE_REFUSED'],
    [
      'the quote of other keys',
      (e) => ({ ...e, attestation: simulatedEvidence(fields, { now }).attestation }),
      'EVIDENCE_REFUSED',
    ],
    [
      'another nonce',
      (e) => ({ ...e, attestation: { ...e.attestation, nonce: `0x${'01'.repeat(32)}` } }),
      'EVIDENCE_REFUSED',
    ],
    [
      'a quote that was changed',
      (e) => ({ ...e, attestation: { ...e.attestation, quote: flipped(e.attestation.quote) } }),
      'EVIDENCE_REFUSED',
    ],
    ['no collateral', (e) => ({ ...e, attestation: { ...e.attestation, collateral: {} } }), 'MALFORMED'],
    ['no sealing key', (evidence) => ({ ...evidence, sealingKey: null }), 'EVIDENCE_REFUSED'],
    ['keys that are over', () => simulatedEvidence({ ...fields, notAfter: now - 1n }, { now }), 'EVIDENCE_REFUSED'],
    ['keys of later', () => simulatedEvidence({ ...fields, notBefore: now + 9n }, { now }), 'EVIDENCE_REFUSED'],
    [
      'keys for years',
      () => simulatedEvidence({ ...fields, notAfter: now + 400n * day }, { now }),
      'VALIDITY_TOO_LONG',
    ],
    ['another chain', () => recordedAt({ chainId: 1n }), 'OTHER_REGISTRY'],
    ['another registry', () => recordedAt({ nodeRegistry: inferenceLog }), 'OTHER_REGISTRY'],
    ['another record contract', () => recordedAt({ inferenceLog: nodeRegistry }), 'OTHER_REGISTRY'],
    ['another log', () => simulatedEvidence({ ...fields, logId: `0x${'4d'.repeat(32)}` }, { now }), 'NOT_REGISTERED'],
    [
      'another endpoint',
      () => simulatedEvidence({ ...fields, endpoint: 'https://b.example' }, { now }),
      'NOT_REGISTERED',
    ],
    ['other code', () => simulatedEvidence(fields, { now, quote: { mrTd: `0x${'ee'.repeat(48)}` } }), 'OTHER_CODE'],
  ])('error: %s', async (_, bodyOf, code) => {
    expect(await judged(bodyOf(next), [before])).toMatchObject({ ok: false, code })
  })

  test('error: measured code that the registrar does not name', async () => {
    const other = `0x${'ee'.repeat(48)}` as const
    const judgement = await judgeEvidence(new TextEncoder().encode(JSON.stringify(next)), {
      policy: { platform: 'simulated', measurements: [{ mrTd: other, rtMr0: other, rtMr1: other, rtMr2: other }] },
      domain,
      inferenceLog,
      nodesOfLog: async () => [before],
      now,
    })
    expect(judgement).toMatchObject({ ok: false, code: 'EVIDENCE_REFUSED', nodeId: next.nodeId })
  })

  test.each<[string, Partial<RegisteredNode>, string]>([
    ['a VANILLA node', { mode: 0 }, 'NOT_REGISTERED'],
    ['a node that is over', { notAfter: now - 1n }, 'NO_VALID_PREDECESSOR'],
    ['a node that is not valid yet', { notBefore: now + 1n }, 'NO_VALID_PREDECESSOR'],
    ['a revoked node', { revokedAt: now - 1n }, 'REVOKED'],
  ])('error: nothing to follow but %s', async (_, changes, code) => {
    expect(await judged(next, [{ ...before, ...changes }])).toMatchObject({ ok: false, code })
  })

  test('behavior: after a revocation somebody must have registered a node by hand', async () => {
    const revoked = { ...before, notBefore: now - 500n, revokedAt: now - 100n }
    const earlier = { ...before, notBefore: now - 200n, registeredAt: now - 200n }
    // Signed before the revocation, brought to the registry after it.
    const heldBack = { ...earlier, registeredAt: now - 50n }
    const later = { ...before, notBefore: now - 99n, registeredAt: now - 50n }
    for (const nodes of [
      [revoked, earlier],
      [revoked, heldBack],
    ]) {
      expect(await judged(next, nodes)).toMatchObject({ ok: false, code: 'REVOKED' })
    }
    expect(await judged(next, [revoked, earlier, later])).toMatchObject({ ok: true })
    // Another node of the log has nothing to do with it.
    const elsewhere = { ...revoked, endpoint: 'https://b.example' }
    expect(await judged(next, [elsewhere, earlier])).toMatchObject({ ok: true })
  })
})

function recordedAt(changes: Partial<KeyManifest['record']>): Evidence {
  return simulatedEvidence({ ...fields, record: { ...fields.record, ...changes } }, { now })
}

/** In the middle of the TD report. */
function flipped(quote: string): string {
  return `${quote.slice(0, 300)}${quote[300] === '0' ? '1' : '0'}${quote.slice(301)}`
}

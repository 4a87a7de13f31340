import { type Hex, type KeyManifest, nodeIdOf } from '@og/settlement'
import { describe, expect, it } from 'vitest'
import { readText } from '../read-text.js'
import { proofOf } from './fetch-call.js'
import { judgeNode, sentenceOf } from './judge-node.js'

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`
const address = `0x${'0e'.repeat(20)}` as const
const manifest: KeyManifest = {
  version: '1',
  mode: 'TEE',
  logId: hash('5c'),
  receiptKey: address,
  sealing: null,
  payments: [],
  record: { chainId: 84532n, inferenceLog: address, nodeRegistry: address },
  endpoint: 'http://127.0.0.1:8402',
  codeVersion: '1',
  notBefore: 1n,
  notAfter: 2n,
}

describe('judgeNode', () => {
  const judge = (mode: KeyManifest['mode']) => {
    const own = { ...manifest, mode }
    const statement = { manifest: own, nodeId: nodeIdOf(own), nonce: hash('01'), attestation: null }
    const trust = { platform: 'intel', measurements: 'any-measurement' } as const
    return judgeNode(statement, { expectedNodeId: statement.nodeId, trust, now: 1n })
  }

  it('security: a TEE node that shows no quote has proven nothing', async () => {
    expect((await judge('TEE')).ok).toBe(false)
    expect((await judge('VANILLA')).ok).toBe(true)
  })

  it('security: measurements are called known only where releases are named', () => {
    const release = { name: undefined, mrTd: '0x', rtMr0: '0x', rtMr1: '0x', rtMr2: '0x' } as const
    expect(sentenceOf({ ok: true }, { measurements: [release] })).toContain('are known')
    expect(sentenceOf({ ok: true }, { measurements: 'any-measurement' })).not.toContain('known')
    expect(sentenceOf({ ok: false }, { measurements: 'any-measurement' })).toContain('not what')
  })
})

describe('proofOf', () => {
  it('security: a proof of another log is none for this receipt', () => {
    const answer = { logId: hash('5c'), seq: '1', index: 0, size: 1, root: hash('aa'), proof: [] }
    expect(proofOf(answer, { logId: hash('5c') })).toMatchObject({ seq: 1n, root: hash('aa') })
    expect(proofOf(answer, { logId: hash('77') })).toBeNull()
  })
})

describe('readText', () => {
  it('security: an answer without an end is left', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(1_000).fill(0x61))
      },
    })
    const bound = { maxBytes: 10_000, sentence: 'too much' }
    await expect(readText(new Response(endless), bound)).rejects.toThrow('too much')
    expect(pulled).toBeLessThan(20)
    expect(await readText(new Response('caf\u00e9'), bound)).toBe('caf\u00e9')
    expect(await readText(new Response(null), bound)).toBe('')
  })
})

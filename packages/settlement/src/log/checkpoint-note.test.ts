import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { bytes32, domain, manifest, nodeKey, strangerKey } from '../../test/fixture.js'
import { encodeBase64 } from '../base64.js'
import { addressOf, signDigest } from '../receipt/signature.js'
import { type Checkpoint, hashCheckpoint } from './checkpoint.js'
import { encodeCheckpointNote, parseCheckpointNote, verifyCheckpointNote } from './checkpoint-note.js'

const checkpoint: Checkpoint = {
  logId: manifest.logId,
  seq: 7n,
  size: 20_852_163n,
  root: bytes32(0xcd),
  uri: 'https://node.example/v1/log',
}
const sign = (of: Checkpoint, key = nodeKey) => signDigest(hashCheckpoint(of, domain), key)
const signature = sign(checkpoint)
const text = encodeCheckpointNote({ checkpoint, domain, signatures: [signature] })
const { receiptKey } = manifest

describe('encodeCheckpointNote', () => {
  test('default', () => {
    const origin = `og-inference-log/eip155:84532/${domain.verifyingContract.toLowerCase()}/0x${'a1'.repeat(32)}`
    const lines = text.split('\n')
    expect(lines.slice(0, 6)).toEqual([
      origin,
      '20852163',
      'zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0=',
      'seq 7',
      'uri https://node.example/v1/log',
      '',
    ])
    expect(lines[6]).toMatch(/^— og-inference-log\/\S+ [A-Za-z0-9+/]{92}$/)
    expect(lines.slice(7)).toEqual([''])
    expect(parseCheckpointNote(text)).toMatchObject({ checkpoint, domain, signatures: [{ signature }] })
    expect(verifyCheckpointNote(text, { receiptKey })).toEqual({ ok: true, checkpoint, domain, signature })
  })

  property.prop([fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n), fc.webUrl()], { numRuns: 20 })(
    'behavior: round trip',
    (seq, size, uri) => {
      const other = { ...checkpoint, seq, size, uri }
      const note = encodeCheckpointNote({ checkpoint: other, domain, signatures: [sign(other)] })
      expect(parseCheckpointNote(note).checkpoint).toEqual(other)
    },
  )

  test('error: INVALID_FIELD for a uri of several lines, INVALID_SIGNATURE, OUT_OF_RANGE without a signature', () => {
    for (const uri of ['a\nb', 'a\r', 'a\u0000', `\ud800`, 'x'.repeat(2049)]) {
      expect(() =>
        encodeCheckpointNote({ checkpoint: { ...checkpoint, uri }, domain, signatures: [signature] }),
      ).toThrow(expect.objectContaining({ code: 'INVALID_FIELD' }))
    }
    expect(() => encodeCheckpointNote({ checkpoint, domain, signatures: ['0x12'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_SIGNATURE' }),
    )
    expect(() => encodeCheckpointNote({ checkpoint, domain, signatures: [] })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    )
  })
})

describe('verifyCheckpointNote', () => {
  test('behavior: signatures of witnesses and of other nodes stand beside it', () => {
    const witness = `— witness.example ${encodeBase64(Uint8Array.from({ length: 80 }, () => 1))}\n`
    const note = encodeCheckpointNote({ checkpoint, domain, signatures: [sign(checkpoint, strangerKey), signature] })
    expect(verifyCheckpointNote(note + witness, { receiptKey })).toMatchObject({ ok: true, signature })
    expect(verifyCheckpointNote(note, { receiptKey: addressOf(strangerKey) })).toMatchObject({ ok: true })
    expect(verifyCheckpointNote(text, { receiptKey: addressOf(strangerKey) })).toMatchObject({ code: 'NOTE_SIGNATURE' })
  })

  test('error: every character replaced, and every cut', () => {
    for (let at = 0; at < text.length; at += 1) {
      for (const other of ['0', 'A', '\n']) {
        if (text[at] === other) continue
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        expect(verifyCheckpointNote(changed, { receiptKey }).ok, `${at} → ${JSON.stringify(other)}`).toBe(false)
      }
      expect(verifyCheckpointNote(text.slice(0, at), { receiptKey }).ok).toBe(false)
    }
  }, 120_000)

  test.each([
    ['a leading zero', text.replace('\n20852163\n', '\n020852163\n')],
    ['a sign', text.replace('seq 7', 'seq +7')],
    ['no seq', text.replace('seq 7\n', '')],
    ['one line more', text.replace('seq 7\n', 'seq 7\nmore\n')],
    ['an upper-case address', text.replaceAll(domain.verifyingContract.toLowerCase(), domain.verifyingContract)],
    ['a size beyond uint64', text.replace('\n20852163\n', `\n${2n ** 64n}\n`)],
    [
      'a root of 31 bytes',
      text.replace('zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0=', encodeBase64(new Uint8Array(31))),
    ],
    ['no signature', text.slice(0, text.indexOf('\n\n') + 2)],
    ['a line that is none', `${text}x\n`],
    ['17 signatures', text + `${text.split('\n')[6]}\n`.repeat(16)],
    ['too much', text.replace('https', 'h'.repeat(20_000))],
    ['nothing', ''],
  ])('error: NOTE_FORM: %s', (_name, note) => {
    expect(verifyCheckpointNote(note, { receiptKey })).toMatchObject({ ok: false, code: 'NOTE_FORM' })
  })
})

import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createFastKeccak } from '../fast-keccak/create-fast-keccak.js'
import type { Hex } from '../hex.js'
import { type Keccak, keccak256, portableKeccak } from '../keccak.js'
import { createCompactLog, encodeCompactLogState, parseCompactLogState } from './compact-log.js'
import { createLog } from './log.js'
import { verifyConsistency } from './verify-consistency.js'
import { verifyInclusion } from './verify-inclusion.js'

const leaves: readonly Hex[] = Array.from({ length: 600 }, (_, i) => keccak256(Uint8Array.of(i >> 8, i & 255)))
const log = createLog(leaves)

describe('createCompactLog', () => {
  test('default: the roots of createLog at every size, and again after every restart', () => {
    const growing = createCompactLog()
    let restarted = createCompactLog()
    for (let size = 0; size <= leaves.length; size += 1) {
      expect(growing.size).toBe(size)
      expect(growing.root()).toBe(log.rootAt(size))
      restarted = createCompactLog(parseCompactLogState(encodeCompactLogState(restarted.state())))
      expect(restarted.root()).toBe(log.rootAt(size))
      const leaf = leaves[size]
      if (leaf === undefined) continue
      expect(growing.append(leaf)).toBe(size)
      restarted.append(leaf)
    }
  })

  property.prop([fc.nat(500), fc.nat(100)])(
    'behavior: n appends and a root cost at most 2n + log₂ hashes',
    (from, n) => {
      const state = createCompactLog()
      for (const leaf of leaves.slice(0, from)) state.append(leaf)
      let hashes = 0
      const counting: Keccak = (bytes) => {
        hashes += 1
        return portableKeccak(bytes)
      }
      const grown = createCompactLog(state.state(), { keccak: counting })
      expect(hashes).toBe(0)
      for (const leaf of leaves.slice(from, from + n)) grown.append(leaf)
      expect(grown.root()).toBe(log.rootAt(from + n))
      expect(hashes).toBeLessThanOrEqual(2 * n + 2 * Math.log2(from + n + 2))
    },
  )

  test('behavior: the state has one hash a bit of the size', () => {
    const compact = createCompactLog()
    for (const leaf of leaves.slice(0, 0b1010110)) compact.append(leaf)
    const { size, peaks } = compact.state()
    expect([size, peaks.length]).toEqual([0b1010110, 4])
    expect(peaks[0]).toBe(log.rootAt(64))
    expect(createCompactLog({ size: 2 ** 52 + 1, peaks: peaks.slice(0, 2) }).append(leaves[0] ?? '0x')).toBe(
      2 ** 52 + 1,
    )
  })

  test('error: OUT_OF_RANGE, INVALID_HEX and a state that is none', () => {
    const withCode = (code: string) => expect.objectContaining({ code })
    const [peak = '0x'] = leaves
    for (const state of [
      { size: 1, peaks: [] },
      { size: 0, peaks: [peak] },
      { size: 3, peaks: [peak] },
      { size: -1, peaks: [peak] },
      { size: 1.5, peaks: [peak] },
      { size: 2 ** 53, peaks: [peak] },
    ]) {
      expect(() => createCompactLog(state)).toThrow(withCode('OUT_OF_RANGE'))
    }
    expect(() => createCompactLog({ size: 1, peaks: ['0x12'] })).toThrow(withCode('INVALID_HEX'))
    expect(() => createCompactLog().append('0x12')).toThrow(withCode('INVALID_HEX'))
    expect(() => parseCompactLogState({ size: '1', peaks: [] })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => parseCompactLogState({ size: '9007199254740992', peaks: [peak] })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => parseCompactLogState({ size: 1, peaks: [peak] })).toThrow(withCode('INVALID_FIELD'))
    expect(() => parseCompactLogState({ size: '1', peaks: [1] })).toThrow(withCode('INVALID_FIELD'))
    expect(() => parseCompactLogState({ size: '1' })).toThrow(withCode('MISSING_FIELD'))
    expect(() => parseCompactLogState({ size: '1', peaks: [peak], more: 1 })).toThrow(withCode('UNKNOWN_FIELD'))
    const many = Array.from({ length: 65 }, () => peak)
    expect(() => parseCompactLogState({ size: '1', peaks: many })).toThrow(withCode('LIMIT_EXCEEDED'))
  })
})

describe('createLog with another Keccak', () => {
  test('behavior: the same log through WebAssembly, and only through it', async () => {
    const fast = await createFastKeccak()
    let hashes = 0
    const keccak: Keccak = (bytes) => {
      hashes += 1
      return fast(bytes)
    }
    const other = createLog(leaves, { keccak })
    expect(hashes).toBe(2 * 600 - 4)
    for (const size of [0, 1, 2, 3, 255, 256, 257, 599, 600]) {
      expect(other.rootAt(size)).toBe(log.rootAt(size))
      if (size === 0) continue
      const proof = other.inclusionProof(size >> 1, size)
      expect(proof).toEqual(log.inclusionProof(size >> 1, size))
      const claim = { leaf: leaves[size >> 1] ?? '0x', index: size >> 1, size, proof, root: log.rootAt(size) } as const
      expect(verifyInclusion(claim, { keccak })).toBe(true)
      expect(verifyInclusion({ ...claim, index: claim.index + 1 }, { keccak })).toBe(false)
      const consistency = {
        firstSize: size,
        firstRoot: log.rootAt(size),
        secondSize: 600,
        secondRoot: log.root(),
        proof: other.consistencyProof(size),
      }
      expect(verifyConsistency(consistency, { keccak })).toBe(true)
      expect(
        verifyConsistency({ ...consistency, firstRoot: log.rootAt(1), secondRoot: log.rootAt(2) }, { keccak }),
      ).toBe(false)
    }
  })

  test('behavior: a proof of the current size hashes nothing twice', () => {
    let hashes = 0
    const keccak: Keccak = (bytes) => {
      hashes += 1
      return portableKeccak(bytes)
    }
    const counted = createLog(leaves.slice(0, 0b1010101), { keccak })
    counted.root()
    hashes = 0
    for (let index = 0; index < counted.size; index += 1) counted.inclusionProof(index)
    expect(hashes).toBe(0)
  })
})

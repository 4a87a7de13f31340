import { createHash } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import { hashLeaf, hashNode } from './hash-node.js'
import { createLog } from './log.js'
import { verifyConsistency } from './verify-consistency.js'
import { verifyInclusion } from './verify-inclusion.js'

const MAX_SIZE = 130
const leaves: readonly Hex[] = Array.from(
  { length: MAX_SIZE },
  (_, i): Hex => `0x${createHash('sha256').update(`leaf ${i}`).digest('hex')}`,
)

// The definitions of RFC 6962 §2.1, word for word over byte arrays: MTH, PATH, SUBPROOF.
type Bytes = Uint8Array
const concat = (...parts: readonly Bytes[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]))
function k(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}
function mth(d: readonly Bytes[]): Bytes {
  const [only] = d
  if (only === undefined) return keccak_256(new Uint8Array())
  if (d.length === 1) return keccak_256(concat(Uint8Array.of(0), only))
  const split = k(d.length)
  return keccak_256(concat(Uint8Array.of(1), mth(d.slice(0, split)), mth(d.slice(split))))
}
function path(m: number, d: readonly Bytes[]): Bytes[] {
  if (d.length === 1) return []
  const split = k(d.length)
  return m < split
    ? [...path(m, d.slice(0, split)), mth(d.slice(split))]
    : [...path(m - split, d.slice(split)), mth(d.slice(0, split))]
}
function subproof(m: number, d: readonly Bytes[], isComplete: boolean): Bytes[] {
  if (m === d.length) return isComplete ? [] : [mth(d)]
  const split = k(d.length)
  return m <= split
    ? [...subproof(m, d.slice(0, split), isComplete), mth(d.slice(split))]
    : [...subproof(m - split, d.slice(split), false), mth(d.slice(0, split))]
}

const data = leaves.map((leaf) => bytesOf(leaf, 32))
const log = createLog(leaves)

/** Every value that differs from a 32-byte hex in one byte. */
function flips(value: Hex): Hex[] {
  const bytes = bytesOf(value)
  return Array.from(bytes, (byte, i) => {
    const flipped = Uint8Array.from(bytes)
    flipped[i] = byte ^ 0x01
    return hexOf(flipped)
  })
}

function replaced<T>(values: readonly T[], at: number, value: T): T[] {
  return values.map((old, i) => (i === at ? value : old))
}

describe('createLog', () => {
  test('default', () => {
    const small = createLog()
    expect(small.root()).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    expect(small.append(leaves[0] ?? '0x')).toBe(0)
    expect(small.append(leaves[1] ?? '0x')).toBe(1)
    expect(small.size).toBe(2)
    const [left, right] = [hashLeaf(leaves[0] ?? '0x'), hashLeaf(leaves[1] ?? '0x')]
    expect(small.root()).toBe(hashNode({ left, right }))
  })

  test('behavior: roots of sizes 0 to 130 are those of RFC 6962, now and looked back at', () => {
    const growing = createLog()
    for (let size = 0; size <= MAX_SIZE; size += 1) {
      const expected = hexOf(mth(data.slice(0, size)))
      expect(growing.root()).toBe(expected)
      expect(log.rootAt(size)).toBe(expected)
      if (size < MAX_SIZE) growing.append(leaves[size] ?? '0x')
    }
  })

  test('error: OUT_OF_RANGE and INVALID_HEX', () => {
    const outOfRange = expect.objectContaining({ code: 'OUT_OF_RANGE' })
    expect(() => log.rootAt(MAX_SIZE + 1)).toThrow(outOfRange)
    expect(() => log.rootAt(-1)).toThrow(outOfRange)
    expect(() => log.rootAt(1.5)).toThrow(outOfRange)
    expect(() => log.inclusionProof(5, 5)).toThrow(outOfRange)
    expect(() => log.inclusionProof(-1)).toThrow(outOfRange)
    expect(() => log.consistencyProof(6, 5)).toThrow(outOfRange)
    expect(() => log.consistencyProof(6, MAX_SIZE + 1)).toThrow(outOfRange)
    expect(() => createLog(['0x00'])).toThrow(expect.objectContaining({ code: 'INVALID_HEX' }))
  })
})

describe('verifyInclusion', () => {
  test('behavior: each leaf of each size 1 to 130, with the proof of RFC 6962', () => {
    for (let size = 1; size <= MAX_SIZE; size += 1) {
      const root = log.rootAt(size)
      // The naive definition is quadratic: all sizes up to 40, then a few, against it; all against the verifier.
      const isCompared = size <= 40 || size === 64 || size === 65 || size >= 128
      for (let index = 0; index < size; index += 1) {
        const proof = log.inclusionProof(index, size)
        if (isCompared) expect(proof).toEqual(path(index, data.slice(0, size)).map(hexOf))
        const claim = { leaf: leaves[index] ?? '0x', index, size, proof, root }
        if (!verifyInclusion(claim)) expect.fail(`leaf ${index} of ${size} does not verify`)
        if (verifyInclusion({ ...claim, index: index + 1 })) expect.fail(`leaf ${index} of ${size} verifies elsewhere`)
      }
    }
  })

  test('error: every byte flipped', () => {
    for (const size of [1, 2, 3, 7, 8, 130]) {
      const root = log.rootAt(size)
      for (const index of [0, size >> 1, size - 1]) {
        const proof = log.inclusionProof(index, size)
        const claim = { leaf: leaves[index] ?? '0x', index, size, proof, root }
        expect(verifyInclusion(claim)).toBe(true)
        for (const flipped of flips(root)) expect(verifyInclusion({ ...claim, root: flipped })).toBe(false)
        for (const leaf of flips(claim.leaf)) expect(verifyInclusion({ ...claim, leaf })).toBe(false)
        proof.forEach((node, at) => {
          for (const flipped of flips(node)) {
            expect(verifyInclusion({ ...claim, proof: replaced(proof, at, flipped) })).toBe(false)
          }
        })
      }
    }
  })

  test('error: proofs cut, extended, or of another position or size', () => {
    const size = 100
    const index = 37
    const proof = log.inclusionProof(index, size)
    const claim = { leaf: leaves[index] ?? '0x', index, size, proof, root: log.rootAt(size) }
    for (let length = 0; length < proof.length; length += 1) {
      expect(verifyInclusion({ ...claim, proof: proof.slice(0, length) })).toBe(false)
    }
    expect(verifyInclusion({ ...claim, proof: [...proof, leaves[0] ?? '0x'] })).toBe(false)
    expect(verifyInclusion({ ...claim, proof: [leaves[0] ?? '0x', ...proof] })).toBe(false)
    for (let other = 0; other < MAX_SIZE; other += 1) {
      if (other !== index) expect(verifyInclusion({ ...claim, index: other })).toBe(false)
    }
    for (const other of [0, 37, 38, 64, 129, -1, 1.5, 2 ** 60]) {
      expect(verifyInclusion({ ...claim, size: other })).toBe(false)
    }
    expect(verifyInclusion({ ...claim, size: 100n, index: 37n })).toBe(true)
    expect(verifyInclusion({ ...claim, size: 2n ** 64n })).toBe(false)
    expect(verifyInclusion({ ...claim, proof: Array.from({ length: 65 }, () => leaves[0] ?? '0x') })).toBe(false)
    expect(verifyInclusion({ ...claim, leaf: '0x12' })).toBe(false)
    expect(verifyInclusion({ ...claim, root: '0x' })).toBe(false)
  })

  test('error: an inner node is no leaf', () => {
    const left = hashLeaf(leaves[0] ?? '0x')
    const right = hashLeaf(leaves[1] ?? '0x')
    const inner = hashNode({ left, right })
    const proof = log.inclusionProof(0, 4).slice(1)
    expect(verifyInclusion({ leaf: inner, index: 0, size: 2, proof, root: log.rootAt(4) })).toBe(false)
    expect(verifyInclusion({ leaf: left, index: 0, size: 2, proof: [right], root: log.rootAt(2) })).toBe(false)
  })
})

describe('verifyConsistency', () => {
  test('behavior: each pair of sizes 0 to 130, with the proof of RFC 6962', () => {
    for (let secondSize = 0; secondSize <= MAX_SIZE; secondSize += 1) {
      const secondRoot = log.rootAt(secondSize)
      for (let firstSize = 0; firstSize <= secondSize; firstSize += 1) {
        const proof = log.consistencyProof(firstSize, secondSize)
        if (firstSize > 0 && (secondSize <= 33 || secondSize === 130)) {
          expect(proof).toEqual(subproof(firstSize, data.slice(0, secondSize), true).map(hexOf))
        }
        const claim = { firstSize, firstRoot: log.rootAt(firstSize), secondSize, secondRoot, proof }
        if (!verifyConsistency(claim)) expect.fail(`${firstSize} to ${secondSize} does not verify`)
        if (verifyConsistency({ ...claim, proof: [...proof, secondRoot] })) {
          expect.fail(`${firstSize} to ${secondSize} verifies with a longer proof`)
        }
      }
    }
  }, 120_000)

  test('error: every byte flipped, and every cut', () => {
    for (const [firstSize, secondSize] of [
      [1, 2],
      [3, 7],
      [4, 7],
      [6, 7],
      [64, 130],
      [67, 130],
    ] as const) {
      const proof = log.consistencyProof(firstSize, secondSize)
      const claim = {
        firstSize,
        firstRoot: log.rootAt(firstSize),
        secondSize,
        secondRoot: log.rootAt(secondSize),
        proof,
      }
      expect(verifyConsistency(claim)).toBe(true)
      for (const firstRoot of flips(claim.firstRoot)) expect(verifyConsistency({ ...claim, firstRoot })).toBe(false)
      for (const secondRoot of flips(claim.secondRoot)) expect(verifyConsistency({ ...claim, secondRoot })).toBe(false)
      proof.forEach((node, at) => {
        for (const flipped of flips(node)) {
          expect(verifyConsistency({ ...claim, proof: replaced(proof, at, flipped) })).toBe(false)
        }
        expect(verifyConsistency({ ...claim, proof: proof.slice(0, at) })).toBe(false)
      })
    }
  })

  test('error: a forked log, and sizes that are none', () => {
    const fork = createLog(replaced(leaves, 3, leaves[9] ?? '0x'))
    const claim = {
      firstSize: 20,
      firstRoot: log.rootAt(20),
      secondSize: 40,
      secondRoot: fork.rootAt(40),
      proof: fork.consistencyProof(20, 40),
    }
    expect(verifyConsistency(claim)).toBe(false)
    expect(verifyConsistency({ ...claim, firstRoot: fork.rootAt(20) })).toBe(true)
    const good = { ...claim, firstRoot: fork.rootAt(20) }
    expect(verifyConsistency({ ...good, firstSize: 41 })).toBe(false)
    expect(verifyConsistency({ ...good, firstSize: -1 })).toBe(false)
    expect(verifyConsistency({ ...good, firstSize: 0 })).toBe(false)
    expect(verifyConsistency({ ...good, secondSize: 2n ** 64n })).toBe(false)
    expect(verifyConsistency({ ...good, firstRoot: '0x00' })).toBe(false)
    const same = { firstSize: 20, secondSize: 20, firstRoot: log.rootAt(20), proof: [] }
    expect(verifyConsistency({ ...same, secondRoot: log.rootAt(20) })).toBe(true)
    expect(verifyConsistency({ ...same, secondRoot: fork.rootAt(20) })).toBe(false)
    expect(
      verifyConsistency({
        firstSize: 0,
        firstRoot: log.rootAt(1),
        secondSize: 1,
        secondRoot: log.rootAt(1),
        proof: [],
      }),
    ).toBe(false)
    expect(
      verifyConsistency({
        firstSize: 0,
        firstRoot: log.rootAt(1),
        secondSize: 0,
        secondRoot: log.rootAt(1),
        proof: [],
      }),
    ).toBe(false)
  })
})

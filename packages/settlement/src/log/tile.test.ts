import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { type Hex, hexOf } from '../hex.js'
import { hashLeaf } from './hash-node.js'
import { createLog } from './log.js'
import { decodeEntries, encodeEntries, encodeTile, parseTilePath, type Tile, tilePath, tilesBetween } from './tile.js'
import {
  consistencyProofFromTiles,
  inclusionProofFromTiles,
  rootFromTiles,
  tilesForConsistency,
  tilesForInclusion,
} from './tile-proofs.js'

const SIZE = 70_000
const leaves: readonly Hex[] = Array.from({ length: SIZE }, (_, i): Hex => `0x${i.toString(16).padStart(64, '0')}`)
const log = createLog(leaves)
const withCode = (code: string) => expect.objectContaining({ code })

/** Only the tiles that were asked for, as a server would send them. */
function served(tiles: readonly Tile[]): Map<string, Uint8Array> {
  return new Map(tiles.map((tile) => [tilePath(tile), encodeTile(log, tile)]))
}

describe('tilePath', () => {
  // The examples of C2SP tlog-tiles.
  test.each<[Tile, string]>([
    [{ level: 0, index: 1234067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 1234067, width: 100 }, 'tile/0/x001/x234/067.p/100'],
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 3, index: 999, width: 1 }, 'tile/3/999.p/1'],
    [{ level: 'entries', index: 1000, width: 256 }, 'tile/entries/x001/000'],
  ])('default: %j', (tile, path) => {
    expect(tilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual(tile)
  })

  property.prop([fc.integer({ min: 0, max: 6 }), fc.nat(2 ** 44), fc.integer({ min: 1, max: 256 })])(
    'behavior: round trip',
    (level, index, width) => {
      expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width })
    },
  )

  test('error: INVALID_FIELD for another form, OUT_OF_RANGE for no tile', () => {
    for (const path of [
      '',
      'tile/0/0',
      'tile/0/x000/067',
      'tile/0/067.p/256',
      'tile/0/067.p/0',
      'tile/0/067.p/010',
      'tile/7/000',
      'tile/0/001/002',
      '/tile/0/000',
      'tile/0/000/',
      `tile/0/${'x001/'.repeat(20)}000`,
    ]) {
      expect(() => parseTilePath(path)).toThrow(withCode('INVALID_FIELD'))
    }
    expect(() => parseTilePath('tile/0/067.p/257')).toThrow(withCode('OUT_OF_RANGE'))
    for (const change of [{ level: 7 }, { level: -1 }, { index: -1 }, { index: 1.5 }, { width: 0 }, { width: 257 }]) {
      expect(() => tilePath({ level: 0, index: 0, width: 1, ...change })).toThrow(withCode('OUT_OF_RANGE'))
    }
  })
})

describe('tilesBetween', () => {
  test('default', () => {
    const paths = (from: number, to: number): string[] => tilesBetween({ from, to }).map(tilePath)
    expect(paths(0, 0)).toEqual([])
    expect(paths(0, 1)).toEqual(['tile/entries/000.p/1', 'tile/0/000.p/1'])
    expect(paths(255, 257)).toEqual([
      'tile/entries/000',
      'tile/entries/001.p/1',
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
    ])
    expect(paths(512, 513)).toEqual(['tile/entries/002.p/1', 'tile/0/002.p/1'])
    expect(() => tilesBetween({ from: 2, to: 1 })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => tilesBetween({ from: -1, to: 1 })).toThrow(withCode('OUT_OF_RANGE'))
  })

  test('behavior: what a log of 70,000 leaves needs at once is what it needed on the way', () => {
    const full = (from: number, to: number) => tilesBetween({ from, to }).filter(({ width }) => width === 256)
    const onTheWay = [0, 3, 300, 40_000, 65_536, SIZE].flatMap((from, i, all) => full(from, all[i + 1] ?? from))
    expect(new Set(onTheWay.map(tilePath))).toEqual(new Set(full(0, SIZE).map(tilePath)))
    expect(tilesBetween({ from: 0, to: SIZE }).filter(({ level }) => level === 2)).toEqual([
      { level: 2, index: 0, width: 1 },
    ])
  })
})

describe('encodeTile', () => {
  test('default: leaf hashes at level 0, subtrees of 256 leaves at level 1', () => {
    const first = encodeTile(log, { level: 0, index: 0, width: 256 })
    expect(hexOf(first.subarray(32, 64))).toBe(hashLeaf(leaves[1] ?? '0x'))
    expect(hexOf(encodeTile(log, { level: 1, index: 0, width: 2 }).subarray(0, 32))).toBe(log.rootAt(256))
    expect(hexOf(encodeTile(log, { level: 2, index: 0, width: 1 }))).toBe(log.rootAt(65_536))
  })

  test('error: OUT_OF_RANGE for a tile that the log does not have', () => {
    const missing: readonly Tile[] = [
      { level: 0, index: 274, width: 1 },
      { level: 0, index: 273, width: 113 },
      { level: 1, index: 1, width: 18 },
      { level: 2, index: 0, width: 2 },
      { level: 6, index: 0, width: 1 },
      { level: 'entries', index: 0, width: 1 },
    ]
    for (const tile of missing) expect(() => encodeTile(log, tile)).toThrow(withCode('OUT_OF_RANGE'))
  })
})

describe('encodeEntries', () => {
  test('default', () => {
    const bytes = encodeEntries(leaves.slice(0, 3))
    expect(hexOf(bytes.subarray(34, 68))).toBe(`0x0020${'00'.repeat(31)}01`)
    expect(decodeEntries(bytes, { width: 3 })).toEqual(leaves.slice(0, 3))
  })

  test('error: OUT_OF_RANGE, INVALID_HEX, and every cut', () => {
    expect(() => encodeEntries([])).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => encodeEntries(leaves.slice(0, 257))).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => encodeEntries(['0x12'])).toThrow(withCode('INVALID_HEX'))
    const bytes = encodeEntries(leaves.slice(0, 2))
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeEntries(bytes.subarray(0, length), { width: 2 })).toThrow(withCode('INVALID_FIELD'))
    }
    expect(() => decodeEntries(Uint8Array.of(...bytes.fill(1, 0, 1)), { width: 2 })).toThrow(withCode('INVALID_FIELD'))
  })
})

describe('proofs from tiles', () => {
  const sizes = [1, 2, 255, 256, 257, 511, 513, 4096, 65_535, 65_536, 65_537, 69_999, SIZE]

  test('default: those of the log, from the listed tiles only', () => {
    for (const size of sizes) {
      for (const index of [0, 1, size >> 1, size - 2, size - 1].filter((i) => i >= 0 && i < size)) {
        const tiles = served(tilesForInclusion({ index, size }))
        expect(inclusionProofFromTiles({ index, size, tiles })).toEqual(log.inclusionProof(index, size))
      }
      for (const first of [0, 1, size >> 1, size - 1, size].filter((i) => i >= 0)) {
        const tiles = served(tilesForConsistency({ first, second: size }))
        expect(consistencyProofFromTiles({ first, second: size, tiles })).toEqual(log.consistencyProof(first, size))
      }
      const all = served(tilesBetween({ from: 0, to: size }).filter(({ level }) => level !== 'entries'))
      expect(rootFromTiles({ size, tiles: all })).toBe(log.rootAt(size))
    }
    expect(rootFromTiles({ size: 0, tiles: new Map() })).toBe(createLog().root())
  })

  property.prop([fc.integer({ min: 1, max: SIZE }), fc.nat(), fc.nat()], { numRuns: 60 })(
    'behavior: any leaf and any two sizes',
    (size, at, from) => {
      const position = { index: at % size, size }
      const tiles = served(tilesForInclusion(position))
      expect(inclusionProofFromTiles({ ...position, tiles })).toEqual(log.inclusionProof(position.index, size))
      const grown = { first: from % (size + 1), second: size }
      const more = served(tilesForConsistency(grown))
      expect(consistencyProofFromTiles({ ...grown, tiles: more })).toEqual(log.consistencyProof(grown.first, size))
      // A proof in a log of 2^16 leaves reads few tiles, not few hundred.
      expect(tiles.size).toBeLessThanOrEqual(8)
    },
  )

  test('error: MISSING_FIELD without a tile, INVALID_FIELD for a cut one, OUT_OF_RANGE for no leaf', () => {
    const position = { index: 300, size: SIZE }
    const tiles = served(tilesForInclusion(position))
    for (const [path, bytes] of tiles) {
      const without = new Map(tiles)
      without.delete(path)
      expect(() => inclusionProofFromTiles({ ...position, tiles: without })).toThrow(withCode('MISSING_FIELD'))
      const cut = new Map(tiles).set(path, bytes.subarray(1))
      expect(() => inclusionProofFromTiles({ ...position, tiles: cut })).toThrow(withCode('INVALID_FIELD'))
    }
    expect(() => tilesForInclusion({ index: 5, size: 5 })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => tilesForInclusion({ index: 0, size: 2 ** 53 })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => tilesForConsistency({ first: 6, second: 5 })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => inclusionProofFromTiles({ index: -1, size: 5, tiles })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => consistencyProofFromTiles({ first: -1, second: 5, tiles })).toThrow(withCode('OUT_OF_RANGE'))
    expect(() => rootFromTiles({ size: 1.5, tiles })).toThrow(withCode('OUT_OF_RANGE'))
  })
})

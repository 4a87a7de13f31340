import { bytesOf, type Hex, hexOf } from '../hex.js'
import { SettlementError } from '../settlement-error.js'
import type { Log } from './log.js'

/** How many hashes or entries a full tile has. */
export const TILE_WIDTH = 256
/** How many levels of the tree a tile spans. */
export const TILE_HEIGHT = 8
/** Highest level of a tile: sizes are below 2^53. */
export const MAX_TILE_LEVEL = 6

/**
 * A tile of the layout of C2SP tlog-tiles: at `level` L it holds the hashes of full subtrees of `256^L` leaves, at level
 * `entries` the leaves' values themselves.
 */
export interface Tile {
  readonly level: number | 'entries'
  /** From 0, left to right. */
  readonly index: number
  /** How many it holds: {@link TILE_WIDTH}, or fewer at the right edge. */
  readonly width: number
}

const PATH = /^tile\/(entries|[0-6])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/
const MAX_PATH = 64

/**
 * Writes a tile's path (C2SP tlog-tiles): its index in groups of three digits, all but the last with an `x`, and the
 * width of a partial tile.
 *
 * @throws SettlementError `OUT_OF_RANGE`.
 *
 * @example
 * tilePath({ level: 0, index: 1234067, width: 256 }) // 'tile/0/x001/x234/067'
 * tilePath({ level: 1, index: 0, width: 7 }) // 'tile/1/000.p/7'
 */
export function tilePath(tile: Tile): string {
  checkTile(tile)
  const digits = tile.index.toString()
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/[0-9]{3}/g) ?? []
  const index = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/')
  return `tile/${tile.level}/${index}${tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`}`
}

/**
 * Reads a tile's path; only the one form that {@link tilePath} writes.
 *
 * @throws SettlementError `INVALID_FIELD`, `OUT_OF_RANGE`.
 */
export function parseTilePath(path: string): Tile {
  const match = path.length > MAX_PATH ? null : PATH.exec(path)
  if (match === null) throw new SettlementError('INVALID_FIELD', 'not the path of a tile')
  const level = match[1] === 'entries' ? 'entries' : Number(match[1])
  const index = Number((match[2] ?? '').replace(/[x/]/g, ''))
  const tile: Tile = { level, index, width: Number(match[3] ?? TILE_WIDTH) }
  if (tilePath(tile) !== path) throw new SettlementError('INVALID_FIELD', 'not the only path of its tile')
  return tile
}

/**
 * Lists the tiles that a server has to write when its log grows: new ones, and partial ones that became wider.
 *
 * @throws SettlementError `OUT_OF_RANGE` unless `from` ≤ `to`.
 */
export function tilesBetween({ from, to }: { readonly from: number; readonly to: number }): Tile[] {
  if (![from, to].every((size) => Number.isSafeInteger(size) && size >= 0) || from > to) {
    throw new SettlementError('OUT_OF_RANGE', 'sizes are not in order')
  }
  const tiles: Tile[] = []
  const levels: readonly Tile['level'][] = ['entries', 0, 1, 2, 3, 4, 5, 6]
  for (const level of levels) {
    const [before, after] = [from, to].map((size) => countAt(level, size))
    if (before === undefined || after === undefined || before === after) continue
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index += 1) {
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, after - index * TILE_WIDTH) })
    }
  }
  return tiles
}

/** How many hashes there are at a level of a log. */
export function countAt(level: Tile['level'], size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level)
}

/**
 * Writes a tile of hashes: 32 bytes each.
 *
 * @throws SettlementError `OUT_OF_RANGE` when the log has no such tile, or for a tile of entries.
 */
export function encodeTile(log: Log, tile: Tile): Uint8Array {
  checkTile(tile)
  const { level, index, width } = tile
  if (level === 'entries') throw new SettlementError('OUT_OF_RANGE', 'a log does not hold its entries')
  const bytes = new Uint8Array(32 * width)
  for (let i = 0; i < width; i += 1) {
    bytes.set(bytesOf(log.nodeAt({ height: level * TILE_HEIGHT, index: index * TILE_WIDTH + i })), 32 * i)
  }
  return bytes
}

/**
 * Writes a bundle of entries, the values of at most 256 leaves: each with its length as `uint16` before it.
 *
 * @throws SettlementError `INVALID_HEX`, `OUT_OF_RANGE`.
 */
export function encodeEntries(leaves: readonly Hex[]): Uint8Array {
  if (leaves.length === 0 || leaves.length > TILE_WIDTH) {
    throw new SettlementError('OUT_OF_RANGE', `${leaves.length} entries, a bundle holds 1 to ${TILE_WIDTH}`)
  }
  const bytes = new Uint8Array(34 * leaves.length)
  leaves.forEach((leaf, i) => {
    bytes[34 * i + 1] = 32
    bytes.set(bytesOf(leaf, 32), 34 * i + 2)
  })
  return bytes
}

/**
 * Reads a bundle of entries.
 *
 * @throws SettlementError `INVALID_FIELD` when it is not exactly `width` entries of 32 bytes.
 */
export function decodeEntries(bytes: Uint8Array, { width }: Pick<Tile, 'width'>): Hex[] {
  if (bytes.length !== 34 * width) throw new SettlementError('INVALID_FIELD', `not a bundle of ${width} entries`)
  return Array.from({ length: width }, (_, i) => {
    if (bytes[34 * i] !== 0 || bytes[34 * i + 1] !== 32) {
      throw new SettlementError('INVALID_FIELD', `entry ${i} is not 32 bytes long`)
    }
    return hexOf(bytes.subarray(34 * i + 2, 34 * i + 34))
  })
}

function checkTile({ level, index, width }: Tile): void {
  const isLevel = level === 'entries' || (Number.isInteger(level) && level >= 0 && level <= MAX_TILE_LEVEL)
  const isIndex = Number.isSafeInteger(index) && index >= 0 && index <= Number.MAX_SAFE_INTEGER / TILE_WIDTH
  const isWidth = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH
  if (!isLevel || !isIndex || !isWidth) throw new SettlementError('OUT_OF_RANGE', 'no such tile')
}

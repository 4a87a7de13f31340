import type { Hex } from '../hex.js'
import type { KeccakOptions } from '../keccak.js'
import { SettlementError } from '../settlement-error.js'
import { createTreeHasher } from './hash-node.js'
import { countAt, TILE_HEIGHT, TILE_WIDTH, type Tile, tilePath } from './tile.js'
import { checkPosition, checkSize, createTreeProofs, type NodeReader, type TreeProofs } from './tree-proofs.js'

/** Bytes of tiles by their {@link tilePath}. */
export type TileSource = ReadonlyMap<string, Uint8Array>

/** Which leaf of a log of which size. */
export interface LeafPosition {
  readonly index: number
  readonly size: number
}

/** Two sizes of one log. */
export interface LogSizes {
  readonly first: number
  readonly second: number
}

/**
 * Lists the tiles that an inclusion proof is made from.
 *
 * @throws SettlementError `OUT_OF_RANGE`.
 */
export function tilesForInclusion(position: LeafPosition): Tile[] {
  checkLeaf(position)
  return tilesFor(position.size, (proofs) => proofs.inclusionProof(position))
}

/**
 * Lists the tiles that a consistency proof is made from.
 *
 * @throws SettlementError `OUT_OF_RANGE`.
 */
export function tilesForConsistency(sizes: LogSizes): Tile[] {
  checkSizes(sizes)
  return tilesFor(sizes.second, (proofs) => proofs.consistencyProof(sizes))
}

/**
 * Makes an inclusion proof from tiles. Tiles may lie: what counts is whether `verifyInclusion` accepts the proof against
 * a root that is trusted.
 *
 * @throws SettlementError `OUT_OF_RANGE`; `MISSING_FIELD` for a tile that is not there, `INVALID_FIELD` for one of
 * another length.
 */
export function inclusionProofFromTiles(
  { tiles, ...position }: LeafPosition & { readonly tiles: TileSource },
  options: KeccakOptions = {},
): Hex[] {
  checkLeaf(position)
  return proofsFrom(tiles, position.size, options).inclusionProof(position)
}

/** Makes a consistency proof from tiles; see {@link inclusionProofFromTiles}. */
export function consistencyProofFromTiles(
  { tiles, ...sizes }: LogSizes & { readonly tiles: TileSource },
  options: KeccakOptions = {},
): Hex[] {
  checkSizes(sizes)
  return proofsFrom(tiles, sizes.second, options).consistencyProof(sizes)
}

/** Computes the root of a log of this size from its tiles; throws as {@link inclusionProofFromTiles}. */
export function rootFromTiles(
  { size, tiles }: { readonly size: number; readonly tiles: TileSource },
  options: KeccakOptions = {},
): Hex {
  checkSize(size, Number.MAX_SAFE_INTEGER)
  return proofsFrom(tiles, size, options).rootAt(size)
}

function checkLeaf(position: LeafPosition): void {
  checkSize(position.size, Number.MAX_SAFE_INTEGER)
  checkPosition(position)
}

function checkSizes({ first, second }: LogSizes): void {
  checkSize(second, Number.MAX_SAFE_INTEGER)
  checkSize(first, second)
}

/** Where the hashes of a full subtree's leaves at tile level stand. */
function spanOf(height: number, index: number, size: number): { readonly tile: Tile; readonly from: number } {
  const level = Math.floor(height / TILE_HEIGHT)
  const start = index * 2 ** (height % TILE_HEIGHT)
  const tileIndex = Math.floor(start / TILE_WIDTH)
  const width = Math.min(TILE_WIDTH, countAt(level, size) - tileIndex * TILE_WIDTH)
  return { tile: { level, index: tileIndex, width }, from: start % TILE_WIDTH }
}

/** Which nodes a proof reads does not depend on their hashes: it is made once from nothing, and watched. */
function tilesFor(size: number, prove: (proofs: TreeProofs) => unknown): Tile[] {
  const found = new Map<string, Tile>()
  const nothing = new Uint8Array(32)
  const watch: NodeReader = (height, index) => {
    const { tile } = spanOf(height, index, size)
    found.set(tilePath(tile), tile)
    return nothing
  }
  prove(createTreeProofs(watch, { leaf: () => nothing, node: () => nothing, empty: () => nothing }))
  return [...found.values()]
}

function proofsFrom(tiles: TileSource, size: number, options: KeccakOptions): TreeProofs {
  const hasher = createTreeHasher(options)
  const nodeAt: NodeReader = (height, index) => {
    const { tile, from } = spanOf(height, index, size)
    const path = tilePath(tile)
    const bytes = tiles.get(path)
    if (bytes === undefined) throw new SettlementError('MISSING_FIELD', `${path} is missing`)
    if (bytes.length !== 32 * tile.width) throw new SettlementError('INVALID_FIELD', `${path} has another length`)
    let hashes = Array.from({ length: 2 ** (height % TILE_HEIGHT) }, (_, i) =>
      bytes.subarray(32 * (from + i), 32 * (from + i + 1)),
    )
    while (hashes.length > 1) {
      hashes = Array.from({ length: hashes.length / 2 }, (_, i) =>
        hasher.node({ left: hashes[2 * i] ?? bytes, right: hashes[2 * i + 1] ?? bytes }),
      )
    }
    return hashes[0] ?? bytes
  }
  return createTreeProofs(nodeAt, hasher)
}

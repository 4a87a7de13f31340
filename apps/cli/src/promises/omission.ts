import {
  type Checkpoint,
  encodeReceiptBundle,
  type Hex,
  type JsonObject,
  parseReceiptBundle,
  type ReceiptBundle,
} from '@og/settlement'
import { UsageError } from '../exit-code.js'
import { isRecord } from '../read-json-file.js'

/** A head of a log, where it was published and when. */
export interface PublishedHead {
  readonly checkpoint: Checkpoint
  readonly transactionHash: Hex | null
  readonly blockNumber: bigint | null
  /** Time of its block, unix seconds. */
  readonly publishedAt: bigint
}

/** What shows to anybody that a node promised a record and did not keep the promise. */
export interface Omission {
  /** The signed promise: a receipt with its `settleBy`, and the manifest of the node. */
  readonly promise: ReceiptBundle
  /** The last head of the log on chain; `null` when there is none. */
  readonly head: PublishedHead | null
  /** Every leaf that the head covers; `null` when the node does not show them. */
  readonly leaves: readonly Hex[] | null
  /** Unix seconds. */
  readonly lookedAt: bigint
}

const version = 'og-omission-1'

/** Writes the evidence as JSON. */
export function encodeOmission({ promise, head, leaves, lookedAt }: Omission): JsonObject {
  return {
    version,
    promise: encodeReceiptBundle(promise),
    head: head === null ? null : encodeHead(head),
    leaves,
    lookedAt: lookedAt.toString(),
  }
}

/** Reads evidence that somebody shows. @throws UsageError when it is none */
export function parseOmission(json: unknown): Omission {
  if (!isRecord(json) || json['version'] !== version) throw new UsageError(`the file is no evidence (${version})`)
  const { head, leaves } = json
  return {
    promise: promiseOf(json['promise']),
    head: head === null ? null : parseHead(head),
    leaves: leaves === null ? null : parseLeaves(leaves),
    lookedAt: wholeNumber(json['lookedAt'], 'lookedAt'),
  }
}

function promiseOf(json: unknown): ReceiptBundle {
  try {
    return parseReceiptBundle(json)
  } catch (error) {
    throw new UsageError(`the promise cannot be read: ${error instanceof Error ? error.message : 'no receipt'}`)
  }
}

function encodeHead({ checkpoint, transactionHash, blockNumber, publishedAt }: PublishedHead): JsonObject {
  const { logId, seq, size, root, uri } = checkpoint
  return {
    checkpoint: { logId, seq: seq.toString(), size: size.toString(), root, uri },
    transactionHash,
    blockNumber: blockNumber?.toString() ?? null,
    publishedAt: publishedAt.toString(),
  }
}

function parseHead(json: unknown): PublishedHead {
  const checkpoint = isRecord(json) ? json['checkpoint'] : undefined
  if (!isRecord(json) || !isRecord(checkpoint)) throw new UsageError('head must hold a checkpoint')
  const { transactionHash, blockNumber } = json
  const uri = checkpoint['uri']
  return {
    checkpoint: {
      logId: hash(checkpoint['logId'], 'logId'),
      seq: wholeNumber(checkpoint['seq'], 'seq'),
      size: wholeNumber(checkpoint['size'], 'size'),
      root: hash(checkpoint['root'], 'root'),
      uri: typeof uri === 'string' ? uri : '',
    },
    transactionHash: transactionHash === null ? null : hash(transactionHash, 'transactionHash'),
    blockNumber: blockNumber === null ? null : wholeNumber(blockNumber, 'blockNumber'),
    publishedAt: wholeNumber(json['publishedAt'], 'publishedAt'),
  }
}

function parseLeaves(json: unknown): readonly Hex[] {
  if (!Array.isArray(json)) throw new UsageError('leaves must be a list')
  return json.map((leaf) => hash(leaf, 'leaf'))
}

function hash(value: unknown, name: string): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value)) throw new UsageError(`${name} must be a hash`)
  return `0x${value.slice(2)}`
}

function wholeNumber(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(value)) {
    throw new UsageError(`${name} must be a whole number in text`)
  }
  return BigInt(value)
}

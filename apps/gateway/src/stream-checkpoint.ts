import { createHash } from 'node:crypto'
import { type Hex, type Keccak, type KeccakOptions, keccak256 } from '@og/settlement'
import type { NodeIdentity } from './node-identity.js'

/** What a checkpoint of a running stream says: so much was sent, under this payment. */
export interface StreamCheckpoint {
  readonly nodeId: Hex
  readonly paymentHash: Hex
  readonly attempt: number
  /** Events that were sent so far. */
  readonly events: number
  /** SHA-256 over those events exactly as they were sent, blank lines included, comments left out. */
  readonly delivered: Hex
  /** Unix seconds. */
  readonly at: bigint
}

/** What an SSE comment with a checkpoint begins with. */
export const checkpointMark = ': og-checkpoint '

const utf8 = new TextEncoder()
const domainType = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'
const checkpointType =
  'StreamCheckpoint(bytes32 nodeId,bytes32 paymentHash,uint32 attempt,uint32 events,bytes32 delivered,uint64 at)'

/** A word of 32 bytes, of a number or of hexadecimal that is filled up from the left. */
function wordOf(value: bigint | number | Hex): string {
  const digits = typeof value === 'string' ? value.slice(2).toLowerCase() : value.toString(16)
  return digits.padStart(64, '0')
}

function hashWords(words: readonly string[], options: KeccakOptions): Hex {
  return keccak256(Buffer.from(words.join(''), 'hex'), options)
}

function hashText(text: string, options: KeccakOptions): Hex {
  return keccak256(utf8.encode(text), options)
}

/** Creates the function that hashes checkpoints in one domain: its separator is made once. */
function createCheckpointHash(
  { chainId, verifyingContract }: NodeIdentity['domain'],
  options: KeccakOptions,
): (checkpoint: StreamCheckpoint) => Hex {
  const names = [domainType, 'OpenGradient Inference', '1'].map((text) => wordOf(hashText(text, options)))
  const separator = wordOf(hashWords([...names, wordOf(chainId), wordOf(verifyingContract)], options))
  const typeHash = wordOf(hashText(checkpointType, options))
  return ({ nodeId, paymentHash, attempt, events, delivered, at }) => {
    const values = [nodeId, paymentHash, attempt, events, delivered, at].map(wordOf)
    return hashWords(['1901', separator, wordOf(hashWords([typeHash, ...values], options))], options)
  }
}

/** The EIP-712 digest that the receipt key signs, in the domain of receipts. */
export function hashStreamCheckpoint(
  checkpoint: StreamCheckpoint,
  domain: NodeIdentity['domain'],
  options: KeccakOptions = {},
): Hex {
  return createCheckpointHash(domain, options)(checkpoint)
}

/** Follows a stream and signs what has left, so that one that is cut still leaves a proof. */
export interface StreamWitness {
  /** Takes events as they are sent. */
  readonly add: (bytes: Uint8Array, events: number) => void
  /** How many events may still pass before a checkpoint is due. */
  readonly room: () => number
  readonly hasNews: () => boolean
  /** The comment with a checkpoint over everything so far. */
  readonly comment: () => string
}

/** Events between two checkpoints, at most. */
export const eventsPerCheckpoint = 64

/** Creates the witness of one stream. */
export function createStreamWitness(options: {
  readonly identity: Pick<NodeIdentity, 'nodeId' | 'domain' | 'signNow'>
  readonly paymentHash: Hex
  readonly attempt: number
  readonly now: () => bigint
  readonly keccak?: Keccak
}): StreamWitness {
  const { identity, paymentHash, attempt } = options
  let hashCheckpoint: ((checkpoint: StreamCheckpoint) => Hex) | undefined
  const hash = createHash('sha256')
  let events = 0
  let witnessed = 0
  return {
    add: (bytes, count) => {
      hash.update(bytes)
      events += count
    },
    room: () => eventsPerCheckpoint - (events - witnessed),
    hasNews: () => events > witnessed,
    comment: () => {
      witnessed = events
      const delivered: Hex = `0x${hash.copy().digest('hex')}`
      const checkpoint = { nodeId: identity.nodeId, paymentHash, attempt, events, delivered, at: options.now() }
      hashCheckpoint ??= createCheckpointHash(
        identity.domain,
        options.keccak === undefined ? {} : { keccak: options.keccak },
      )
      const signature = identity.signNow(hashCheckpoint(checkpoint))
      return `${checkpointMark}${JSON.stringify({ ...checkpoint, at: checkpoint.at.toString(), signature })}\n\n`
    },
  }
}

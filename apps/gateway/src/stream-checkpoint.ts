import { createHash } from 'node:crypto'
import type { Hex } from '@og/settlement'
import { hashTypedData } from 'viem'
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

const types = {
  StreamCheckpoint: [
    { name: 'nodeId', type: 'bytes32' },
    { name: 'paymentHash', type: 'bytes32' },
    { name: 'attempt', type: 'uint32' },
    { name: 'events', type: 'uint32' },
    { name: 'delivered', type: 'bytes32' },
    { name: 'at', type: 'uint64' },
  ],
} as const

/** The EIP-712 digest that the receipt key signs, in the domain of receipts. */
export function hashStreamCheckpoint(checkpoint: StreamCheckpoint, domain: NodeIdentity['domain']): Hex {
  return hashTypedData({
    domain: {
      name: 'OpenGradient Inference',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: domain.verifyingContract,
    },
    types,
    primaryType: 'StreamCheckpoint',
    message: checkpoint,
  })
}

/** Follows a stream and signs what has left, so that one that is cut still leaves a proof. */
export interface StreamWitness {
  /** Takes events as they are sent. */
  readonly add: (text: string, events: number) => void
  /** Whether so many events have passed that a checkpoint is due. */
  readonly isDue: () => boolean
  readonly hasNews: () => boolean
  /** The comment with a checkpoint over everything so far. */
  readonly comment: () => string
}

/** Events between two checkpoints, at most. */
export const eventsPerCheckpoint = 64

/** Creates the witness of one stream. */
export function createStreamWitness(options: {
  readonly identity: Pick<NodeIdentity, 'nodeId' | 'domain' | 'sign'>
  readonly paymentHash: Hex
  readonly attempt: number
  readonly now: () => bigint
}): StreamWitness {
  const { identity, paymentHash, attempt } = options
  const hash = createHash('sha256')
  let events = 0
  let witnessed = 0
  return {
    add: (text, count) => {
      hash.update(text)
      events += count
    },
    isDue: () => events - witnessed >= eventsPerCheckpoint,
    hasNews: () => events > witnessed,
    comment: () => {
      witnessed = events
      const delivered: Hex = `0x${hash.copy().digest('hex')}`
      const checkpoint = { nodeId: identity.nodeId, paymentHash, attempt, events, delivered, at: options.now() }
      const signature = identity.sign(hashStreamCheckpoint(checkpoint, identity.domain))
      return `${checkpointMark}${JSON.stringify({ ...checkpoint, at: checkpoint.at.toString(), signature })}\n\n`
    },
  }
}

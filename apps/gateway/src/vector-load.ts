import type { ParsedEmbeddingsRequest } from '@og/llm/upstream'
import { GatewayError } from './gateway-error.js'

/** Numbers of a vector whose length the caller leaves to the model: as many as the longest ones in use have. */
const usualDimensions = 3072
/** What short vectors are taken for: not every server cuts them as it is asked to. */
const leastDimensions = 512
/** Numbers in one answer: 512 texts of the longest vectors in use. */
const maxNumbers = 512 * usualDimensions
/** Numbers in all answers that are being made: each takes a hundred bytes on its way. */
const maxNumbersAtOnce = 4 * maxNumbers

/**
 * Counts the numbers that a request of vectors asks for. A text of one token costs next to nothing and makes thousands of them.
 * @throws GatewayError `invalid_request` above what one answer may have
 */
export function vectorNumbersOf({ input, dimensions }: ParsedEmbeddingsRequest): number {
  const numbers = input.length * Math.max(dimensions ?? usualDimensions, leastDimensions)
  if (numbers <= maxNumbers) return numbers
  throw new GatewayError(
    'invalid_request',
    `input may ask for ${maxNumbers} numbers, ${usualDimensions} a text where dimensions are not given: send fewer texts at a time.`,
    { param: 'input' },
  )
}

/** What vectors that are being made take of the node. */
export interface VectorLoad {
  /** Takes room; returns what gives it back. @throws GatewayError `overloaded` when there is none */
  readonly take: (numbers: number) => () => void
}

/** Creates the count of one node. */
export function createVectorLoad(): VectorLoad {
  let taken = 0
  return {
    take: (numbers) => {
      if (taken + numbers > maxNumbersAtOnce) {
        throw new GatewayError(
          'overloaded',
          'The node makes as many vectors as it can: try again, nothing was charged.',
          {
            retryAfterSeconds: 1,
          },
        )
      }
      taken += numbers
      return () => {
        taken -= numbers
      }
    },
  }
}

import type { JsonObject } from '@og/x402'
import { zeroAddress } from 'viem'
import { GatewayError } from '../gateway-error.js'

/** Who waits for a payment channel's turn, by who signs for the channel. */
export interface WaitingCalls {
  /**
   * Counts one more call on the channel of a payment; returns what ends the wait.
   * @throws GatewayError `rate_limited` when that signer's share is taken, `overloaded` when all are
   */
  readonly begin: (payment: JsonObject) => () => void
}

/** Of the node's places, one in this many may be taken by calls that wait for channels of one signer; one in two by all that wait. */
const signerPart = 16
const allPart = 2

/**
 * Creates the count. A call that waits has paid nothing yet, and takes one of the places that calls of others could have: so one payer has few.
 * Shares go by the channel's authorizer, whose signature is checked before anybody waits; where the payer's contract signs, which only the chain
 * can judge, by the channel, so that nobody fills the share of another one's channels by naming him.
 */
export function createWaitingCalls({ places }: { readonly places: number }): WaitingCalls {
  const share = Math.max(1, Math.floor(places / signerPart))
  const limit = Math.max(1, Math.floor(places / allPart))
  const waiting = new Map<string, number>()
  let all = 0
  return {
    begin: (payment) => {
      const signer = signerOf(payment)
      const own = waiting.get(signer) ?? 0
      const retry = { retryAfterSeconds: 1 }
      if (own >= share) {
        throw new GatewayError(
          'rate_limited',
          'Too many calls wait for payment channels of this payer: wait for their answers. Nothing was charged.',
          retry,
        )
      }
      if (all >= limit) {
        throw new GatewayError(
          'overloaded',
          'Too many calls wait for payment channels: try again, nothing was charged.',
          retry,
        )
      }
      waiting.set(signer, own + 1)
      all += 1
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        all -= 1
        const left = (waiting.get(signer) ?? 1) - 1
        if (left === 0) waiting.delete(signer)
        else waiting.set(signer, left)
      }
    },
  }
}

/** What cannot be read here is refused before it waits. */
function signerOf(payment: JsonObject): string {
  const authorizer = memberOf(payment['channelConfig'], 'payerAuthorizer')
  return authorizer === zeroAddress ? memberOf(payment['voucher'], 'channelId') : authorizer
}

function memberOf(value: unknown, name: string): string {
  const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof member === 'string' ? member.toLowerCase() : ''
}

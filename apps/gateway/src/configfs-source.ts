import type { JsonObject } from '@og/settlement'
import type { TrustRoot } from '@og/tee-verify'
import { encodeCollateral, parseQuote, type QuoteSource, verifyQuote } from '@og/tee-verify/node'
import { type CollateralCache, type CollateralSource, fetchCollateral } from '@og/tee-verify/pccs'
import type { AttestationSource } from './attestation-source.js'
import { GatewayError } from './gateway-error.js'

/** Options of {@link createConfigfsSource}. */
export interface ConfigfsSourceOptions {
  /** Makes quotes of the trust domain that this process runs in. */
  readonly quoteOf: QuoteSource
  /** Where collateral comes from: pinned by the configuration, never named by a peer. */
  readonly collateral: CollateralSource
  readonly cache: CollateralCache
  readonly fetch: typeof globalThis.fetch
  readonly now: () => bigint
  /** Intel's root unless a test names another. */
  readonly trustRoot?: TrustRoot
}

/**
 * Creates the hardware's side of the port: quotes of the kernel's configfs-tsm, collateral through a cache. Every quote is verified here
 * before it leaves, so that a node never shows what no client would accept.
 */
export function createConfigfsSource(options: ConfigfsSourceOptions): AttestationSource {
  const { now, fetch, cache } = options
  return {
    fetchEvidence: async (reportData) => {
      try {
        const quote = await options.quoteOf(reportData)
        const parsed = parseQuote(quote)
        const trust = options.trustRoot === undefined ? {} : { trustRoot: options.trustRoot }
        const fetching = { source: options.collateral, fetch, cache, now: now(), ...trust }
        const { collateral } = await fetchCollateral({ quote: parsed }, fetching)
        const verdict = verifyQuote(parsed, { collateral, now: now(), ...trust })
        if (!verdict.ok) throw new Error(`the own quote is refused: ${verdict.code}`)
        return { quote, collateral: { ...encodeCollateral(collateral) } as JsonObject, platform: verdict.platform }
      } catch (cause) {
        throw new GatewayError('attestation_failed', 'The node cannot prove itself right now: try again.', {
          retryAfterSeconds: 5,
          cause,
        })
      }
    },
  }
}

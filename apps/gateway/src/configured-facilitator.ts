import { createFacilitatorClient, type Facilitator } from '@og/x402/facilitator'
import { Agent } from 'undici'
import type { GatewayConfig } from './config.js'
import { GatewayError } from './gateway-error.js'
import { createLightFetch } from './light-fetch.js'

/** More than there are settlements at once: deposits of callers must not wait behind them. */
const facilitatorConnections = 384
const admissionTimeoutMs = 10_000

/** The facilitator of the configuration, over connections of its own. */
export interface ConfiguredFacilitator {
  readonly facilitator: Facilitator
  /**
   * Asks once whether it settles for this node: a node that it refuses would find that out with every answer that it has given.
   * @throws GatewayError `config_invalid` when it wants another token
   */
  readonly requireAdmission: () => Promise<void>
  /** What still waits there is asked again by whoever comes next. */
  readonly close: () => Promise<void>
}

/** Makes the client of the facilitator; nothing is asked of it yet. */
export function createConfiguredFacilitator({
  facilitatorUrl,
  facilitatorToken,
}: Pick<GatewayConfig, 'facilitatorUrl' | 'facilitatorToken'>): ConfiguredFacilitator {
  const agent = new Agent({ connections: facilitatorConnections, headersTimeout: 0, bodyTimeout: 0 })
  const fetch = createLightFetch(agent)
  const headers = facilitatorToken === undefined ? {} : { authorization: `Bearer ${facilitatorToken}` }
  const facilitator = createFacilitatorClient({ baseUrl: facilitatorUrl, fetch, timeoutMs: 90_000, headers })
  const requireAdmission = async (): Promise<void> => {
    // No payment: whoever is let in is told that it does not parse.
    const answer = await fetch(`${facilitatorUrl.replace(/\/+$/, '')}/verify`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(admissionTimeoutMs),
    }).catch(() => undefined)
    await answer?.body?.getReader().cancel()
    if (answer?.status !== 401 && answer?.status !== 403) return
    const why = facilitatorToken === undefined ? 'the facilitator wants a token' : 'the facilitator refuses this token'
    throw new GatewayError(
      'config_invalid',
      `facilitatorToken: ${why}: give one of its apiKeys, here or as OG_FACILITATOR_TOKEN.`,
    )
  }
  return { facilitator, requireAdmission, close: () => agent.destroy() }
}

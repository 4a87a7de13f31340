import { createFacilitatorClient, type Facilitator } from '@og/x402/facilitator'
import { Agent } from 'undici'
import type { GatewayConfig } from './config.js'
import { createLightFetch } from './light-fetch.js'

/** More than there are settlements at once: deposits of callers must not wait behind them. */
const facilitatorConnections = 384

/** The facilitator of the configuration, over connections of its own. */
export interface ConfiguredFacilitator {
  readonly facilitator: Facilitator
  /** What still waits there is asked again by whoever comes next. */
  readonly close: () => Promise<void>
}

/** Makes the client of the facilitator; nothing is asked of it yet. */
export function createConfiguredFacilitator({
  facilitatorUrl,
  facilitatorToken,
}: Pick<GatewayConfig, 'facilitatorUrl' | 'facilitatorToken'>): ConfiguredFacilitator {
  const agent = new Agent({ connections: facilitatorConnections, headersTimeout: 0, bodyTimeout: 0 })
  const facilitator = createFacilitatorClient({
    baseUrl: facilitatorUrl,
    fetch: createLightFetch(agent),
    timeoutMs: 90_000,
    ...(facilitatorToken === undefined ? {} : { headers: { authorization: `Bearer ${facilitatorToken}` } }),
  })
  return { facilitator, close: () => agent.destroy() }
}

import { Agent } from 'undici'
import { type HttpTransport, http } from 'viem'
import { createLightFetch } from './light-fetch.js'

/**
 * Speaks with the chain's node over connections of its own, without the web streams of the platform's `fetch`: of every payer that the
 * gateway does not know it asks twice before it serves. A redirect is an error.
 */
export function createChainTransport(rpcUrl: string): HttpTransport {
  return http(rpcUrl, { fetchFn: createLightFetch(new Agent()) })
}

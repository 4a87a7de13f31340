import type { TrustPolicy } from '@og/client'

/**
 * Where the examples find their network. `npm run example` starts a devnet and sets these; with your own values they run against any network.
 * The key stays in the environment: it is never an argument.
 */
export const privateKey = process.env['OG_PRIVATE_KEY']
export const rpcUrl = process.env['OG_RPC_URL'] ?? 'http://127.0.0.1:8545'
export const facilitatorUrl = process.env['OG_FACILITATOR_URL'] ?? 'http://127.0.0.1:8403'

/** One node for each mode; a TEE node alone serves both. */
export const baseUrl = {
  TEE: process.env['OG_TEE_URL'] ?? 'http://127.0.0.1:8402',
  VANILLA: process.env['OG_VANILLA_URL'] ?? process.env['OG_TEE_URL'] ?? 'http://127.0.0.1:8402',
}

/** Which enclaves are believed: here the devnet's simulated one, by name and with its measurements. In earnest: `platform: 'intel'`. */
export const policy: TrustPolicy = {
  platform: 'simulated',
  measurements: JSON.parse(process.env['OG_MEASUREMENTS'] ?? '"any-measurement"'),
}

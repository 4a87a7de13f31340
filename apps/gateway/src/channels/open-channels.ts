import type { Ledger } from '@og/ledger'
import { openPostgresX402Stores, openX402Stores, type X402Stores } from '@og/ledger/x402'
import type { Facilitator } from '@og/x402/facilitator'
import type { Keccak, RecoverPublicKey } from '@og/x402/node'
import type { PublicClient } from 'viem'
import type { GatewayConfig } from '../config.js'
import type { Log } from '../log.js'
import { startChannelClaims } from './channel-claims.js'
import { type ChannelTill, createChannelTill } from './channel-till.js'

/** A request waits no longer than this for a database that does not answer. */
const patience = { connectTimeoutMs: 3_000, statementTimeoutMs: 5_000 }

/** The payment channels of a running gateway. */
export interface OpenChannels {
  readonly till: ChannelTill
  /** Begins to claim what channels owe. */
  readonly start: () => void
  /** Ends the claims, waits for those under way, and lets the store go. */
  readonly close: () => Promise<void>
}

/** What channels are made of. */
export interface OpenChannelsOptions {
  readonly config: GatewayConfig
  readonly ledger: Ledger
  readonly facilitator: Facilitator
  /** Who claims for payees without a key of their own, as the facilitator says. */
  readonly facilitatorAuthorizer: string | undefined
  /** Reads the chain: what payers have withdrawn. */
  readonly client: Pick<PublicClient, 'call'>
  readonly now: () => bigint
  readonly recover: RecoverPublicKey
  readonly keccak: Keccak
  readonly log: Log
}

/** Opens the channels that the configuration asks for; `undefined` when it asks for none. */
export async function openChannels(options: OpenChannelsOptions): Promise<OpenChannels | undefined> {
  const { config, client, log } = options
  const { channels } = config
  if (channels === undefined) return undefined
  const stores = await openStores(options)
  const till = createChannelTill({ ...options, channels, store: stores.channels })
  const chain: Parameters<typeof startChannelClaims>[0]['chain'] = {
    call: async ({ to, data }) => ({ status: 'success', data: (await client.call({ to, data })).data ?? '0x' }),
  }
  let claims: ReturnType<typeof startChannelClaims> | undefined
  return {
    till,
    start: () => {
      claims ??= startChannelClaims({ till, config, channels, chain, log })
    },
    close: async () => {
      await claims?.stop()
      await stores.close()
    },
  }
}

/** The store of channels stands beside the ledger: a second SQLite file, or the same schema in PostgreSQL. */
async function openStores({ config, now }: OpenChannelsOptions): Promise<Pick<X402Stores, 'channels' | 'close'>> {
  if (config.ledgerPath !== undefined) return openX402Stores({ path: `${config.ledgerPath}.x402`, now })
  return openPostgresX402Stores({
    connectionString: config.ledgerUrl ?? '',
    schema: config.ledgerSchema ?? 'og_ledger',
    ...patience,
  })
}

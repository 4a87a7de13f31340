import type { Client, CreateClientOptions } from '@og/client'
import type { CliEnvironment } from '../environment.js'
import { hasHome } from '../folders.js'
import { watchedWorld } from '../progress.js'
import { receiptStorage } from '../receipts/receipt-storage.js'
import { rpcUrlOf } from '../rpc-url.js'
import { readSettings } from '../settings.js'
import { payingKey } from './paying-key.js'

/** Flags that say who pays, and where. */
export interface PayerFlags {
  readonly wallet?: string
  readonly url?: string
  readonly rpc?: string
}

/** Creates a client for what concerns the paying account itself. */
export async function payerOf(
  flags: PayerFlags,
  { environment, spend }: { readonly environment: CliEnvironment; readonly spend?: CreateClientOptions['spend'] },
): Promise<Client> {
  const rpcUrl = await rpcUrlOf(flags.rpc, environment)
  const baseUrl = flags.url ?? (await readSettings(environment)).url
  const privateKey = await payingKey(environment, flags.wallet)
  const [{ createClient }, world] = await Promise.all([import('@og/client'), watchedWorld(environment)])
  return createClient({
    privateKey,
    rpcUrl,
    ...world,
    ...(hasHome(environment) ? { storage: receiptStorage(environment) } : {}),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(spend === undefined ? {} : { spend }),
  })
}

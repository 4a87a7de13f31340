import { type Address, createPublicClient, http } from 'viem'
import type { Log } from './log.js'

/** Whoever reads the metrics waits no longer for a chain that does not answer. */
const probeMs = 2000

/** What the account holds that pays for records. */
export interface GasMoney {
  /** In wei; `undefined` when the chain does not answer. */
  readonly read: () => Promise<bigint | undefined>
  /** Says once, at the start, when it is empty: the first records would tell it too late. */
  readonly warnIfEmpty: (log: Log) => Promise<void>
}

/** Reads the balance of the relayer's account, in requests of their own that give up early. */
export function createGasMoney({ rpcUrl, account }: { readonly rpcUrl: string; readonly account: Address }): GasMoney {
  const client = createPublicClient({ transport: http(rpcUrl, { timeout: probeMs, retryCount: 0 }) })
  const read = (): Promise<bigint | undefined> => client.getBalance({ address: account }).catch(() => undefined)
  return {
    read,
    warnIfEmpty: async (log) => {
      if ((await read()) === 0n) log.warn('the relayer has no gas money: records wait until it has', { account })
    },
  }
}

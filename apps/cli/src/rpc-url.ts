import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { isHttpUrl, readSettings } from './settings.js'

/** The chain that is meant: the flag or the setting. @throws UsageError when there is neither */
export async function rpcUrlOf(flag: string | undefined, environment: CliEnvironment): Promise<string> {
  const url = flag ?? (await readSettings(environment)).rpc
  if (url === undefined)
    throw new UsageError('--rpc <url> is needed: the JSON-RPC of the chain (or `og config set rpc <url>`)')
  if (!isHttpUrl(url)) {
    throw new UsageError('--rpc must be an http or https address')
  }
  return url
}

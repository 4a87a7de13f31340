import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { listKeys, openKey } from './keystore.js'

const privateKeyPattern = /^(0x)?[0-9a-fA-F]{64}$/

/** Whether a text is a private key. */
export function isPrivateKey(text: string): boolean {
  return privateKeyPattern.test(text)
}

/**
 * The key that pays: `OG_PRIVATE_KEY`, else a wallet of the keystore, opened with `OG_KEYSTORE_PASSWORD` or a prompt. Never an argument: those
 * stay in the shell's history.
 * @throws UsageError when there is none
 */
export async function payingKey(environment: CliEnvironment, wallet?: string): Promise<string> {
  const fromEnvironment = environment.env['OG_PRIVATE_KEY']
  if (fromEnvironment !== undefined && wallet === undefined) {
    if (!isPrivateKey(fromEnvironment)) {
      throw new UsageError('OG_PRIVATE_KEY must hold the private key of the paying account (64 hexadecimal digits)')
    }
    return fromEnvironment
  }
  const keys = await listKeys(environment).catch(() => [])
  const named = wallet ?? environment.env['OG_WALLET'] ?? (keys.length === 1 ? keys[0]?.name : undefined)
  const isOpen = named === undefined && keys.length > 1 && environment.isInteractive
  const names = keys.map((stored) => stored.name)
  const name = isOpen ? await environment.choose('Which wallet pays?', names) : named
  const key = keys.find((stored) => stored.name === name)
  if (key === undefined) {
    throw new UsageError(
      keys.length === 0
        ? 'nobody pays: set OG_PRIVATE_KEY to the private key of the paying account, or make a wallet with `og wallet new`'
        : `choose a wallet with --wallet or OG_WALLET: ${names.join(', ')}`,
    )
  }
  const password =
    environment.env['OG_KEYSTORE_PASSWORD'] ?? (await environment.askSecret(`Password of wallet ${key.name}: `))
  return openKey(key, { password, environment })
}

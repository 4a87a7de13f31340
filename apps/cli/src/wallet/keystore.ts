import { join } from 'node:path'
import type { Hex } from 'viem'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { configFolder } from '../folders.js'
import { isRecord, parseJson } from '../read-json-file.js'

/** A key in the keystore; the file is in Ethereum's format (Web3 Secret Storage, version 3). */
export interface StoredKey {
  readonly name: string
  readonly address: Hex
  readonly file: string
}

const fileName = /^([a-z0-9-]{1,40})\.json$/

/** Lists the keys, without opening them. */
export async function listKeys(environment: CliEnvironment): Promise<readonly StoredKey[]> {
  const folder = keystoreFolder(environment)
  const keys: StoredKey[] = []
  for (const entry of [...(await environment.listFolder(folder))].sort()) {
    const name = fileName.exec(entry)?.[1]
    if (name === undefined) continue
    const file = join(folder, entry)
    const json = parseJson(await environment.readFile(file), file)
    const address = isRecord(json) ? json['address'] : undefined
    if (typeof address === 'string' && /^(0x)?[0-9a-fA-F]{40}$/.test(address)) {
      keys.push({ name, file, address: `0x${address.replace(/^0x/, '')}` })
    }
  }
  return keys
}

/** Encrypts a key with a password and keeps it. @throws UsageError for a bad name, a name in use, or a password that is too short */
export async function keepKey(
  key: { readonly name: string; readonly privateKey: string; readonly password: string },
  environment: CliEnvironment,
): Promise<StoredKey> {
  if (!fileName.test(`${key.name}.json`)) throw new UsageError('a wallet name has small letters, digits and dashes')
  if (key.password.length < 8) throw new UsageError('the password needs at least 8 characters')
  const file = join(keystoreFolder(environment), `${key.name}.json`)
  if ((await listKeys(environment)).some(({ name }) => name === key.name)) {
    throw new UsageError(`there is a wallet ${key.name} already: ${file}`)
  }
  const { computeAddress, encryptKeystoreJson } = await import('ethers')
  const privateKey = `0x${key.privateKey.replace(/^0x/, '')}`
  const address = computeAddress(privateKey)
  await environment.writeFile(file, await encryptKeystoreJson({ address, privateKey }, key.password), {
    isSecret: true,
  })
  return { name: key.name, address: `0x${address.slice(2)}`, file }
}

/** Opens a key with its password. @throws UsageError for a wrong password */
export async function openKey(
  key: StoredKey,
  { password, environment }: { readonly password: string; readonly environment: CliEnvironment },
): Promise<string> {
  const { decryptKeystoreJson } = await import('ethers')
  const text = await environment.readFile(key.file)
  try {
    return (await decryptKeystoreJson(text, password)).privateKey
  } catch {
    // The cause is left out: it may say more about the file than a wrong password deserves.
    throw new UsageError(`the password does not open ${key.file}`)
  }
}

function keystoreFolder(environment: CliEnvironment): string {
  return join(configFolder(environment), 'keystore')
}

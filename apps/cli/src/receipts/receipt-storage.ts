import { join } from 'node:path'
import type { ClientStorage } from '@og/client'
import type { CliEnvironment } from '../environment.js'
import { receiptsFolder } from '../folders.js'

const suffix = '.json'

/** What the client keeps, as files of the user: receipts hold no prompt and no answer. */
export function receiptStorage(environment: CliEnvironment): ClientStorage {
  const folder = receiptsFolder(environment)
  const fileOf = (key: string): string => join(folder, `${key}${suffix}`)
  return {
    read: (key) => environment.readFile(fileOf(key)).catch(() => undefined),
    write: (key, text) => environment.writeFile(fileOf(key), text, { isSecret: true }),
    remove: (key) => environment.removeFile(fileOf(key)),
    async keys() {
      const names = await environment.listFolder(folder)
      return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length))
    },
  }
}

/** A receipt that was kept. */
export interface KeptReceipt {
  readonly paymentHash: string
  readonly text: string
}

/** Every receipt that was kept. */
export async function keptReceipts(environment: CliEnvironment): Promise<readonly KeptReceipt[]> {
  const storage = receiptStorage(environment)
  const kept: KeptReceipt[] = []
  for (const key of await storage.keys()) {
    const paymentHash = /^receipt\.(0x[0-9a-f]{64})$/.exec(key)?.[1]
    const text = paymentHash === undefined ? undefined : await storage.read(key)
    if (paymentHash !== undefined && text !== undefined) kept.push({ paymentHash, text })
  }
  return kept
}

import { createLog, type Hex } from '@og/settlement'
import type { CliEnvironment } from '../environment.js'
import { fetchNodeJson } from '../node-url.js'
import type { PublishedHead } from './omission.js'

/** What a node answers for at once. */
const pageSize = 1000
/** More are not read: 64 MB of evidence help nobody. */
const maxLeaves = 1_000_000

/** Reads every leaf that a head covers; `null` unless the node shows leaves that hash to the root of the head. */
export async function readLeaves(
  { checkpoint }: PublishedHead,
  { url, environment }: { readonly url: string; readonly environment: CliEnvironment },
): Promise<readonly Hex[] | null> {
  const size = Number(checkpoint.size)
  if (size > maxLeaves) return null
  const leaves: Hex[] = []
  try {
    while (leaves.length < size) {
      const to = Math.min(size, leaves.length + pageSize)
      const { entries } = await fetchNodeJson(`${url}/v1/log/entries?from=${leaves.length}&to=${to}`, environment)
      if (!Array.isArray(entries) || entries.length !== to - leaves.length || !entries.every(isHash)) return null
      leaves.push(...entries)
    }
    return createLog(leaves).root() === checkpoint.root ? leaves : null
  } catch {
    return null
  }
}

function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}

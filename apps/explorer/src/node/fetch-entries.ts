import { createLog, type Hex } from '@og/settlement'
import { isBytes32 } from '../chain/find-inference.js'
import { fetchNodeJson } from './fetch-node.js'

/** Largest log whose root is computed in the page: a second or two. */
const maxLogSize = 20_000
const perRequest = 1_000

/** The entries of a checkpoint, by the node's word until `isRoot` says that they hash to the root on chain. */
export interface CheckpointEntries {
  readonly entries: readonly Hex[]
  /** Whether all entries up to the checkpoint hash to its root; null when the log is too long for a page. */
  readonly isRoot: boolean | null
}

/** Asks a node of the log for a checkpoint's entries and computes the root from them. @throws Error with a sentence for the visitor. */
export async function fetchEntries(
  endpoint: string,
  head: { readonly root: Hex; readonly from: number; readonly to: number },
): Promise<CheckpointEntries> {
  if (head.to > maxLogSize) {
    return {
      entries: await readEntries(endpoint, { from: head.from, to: Math.min(head.to, head.from + perRequest) }),
      isRoot: null,
    }
  }
  const all = await readEntries(endpoint, { from: 0, to: head.to })
  return { entries: all.slice(head.from), isRoot: createLog(all).root() === head.root }
}

async function readEntries(
  endpoint: string,
  range: { readonly from: number; readonly to: number },
): Promise<readonly Hex[]> {
  const found: Hex[] = []
  while (range.from + found.length < range.to) {
    const from = range.from + found.length
    const answer = await fetchNodeJson(
      endpoint,
      `/v1/log/entries?from=${from}&to=${Math.min(range.to, from + perRequest)}`,
    )
    const { entries } = answer
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > perRequest) {
      throw new Error('The node does not show these entries.')
    }
    for (const entry of entries) {
      if (typeof entry !== 'string' || !isBytes32(entry)) throw new Error('The node showed an entry that is no hash.')
      found.push(entry)
    }
  }
  return found
}

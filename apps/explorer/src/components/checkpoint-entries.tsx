import type { Hex } from '@og/settlement'
import { type NodeState, nodeStateOf, readNodes } from '@og/settlement/contracts'
import type { ReactNode } from 'react'
import { useNetwork } from '../network/network-context.js'
import { type CheckpointEntries as Entries, fetchEntries } from '../node/fetch-entries.js'
import { useAsync } from '../use-async.js'
import { Hash } from './hash.js'
import { Empty, Problem } from './panel.js'

const shown = 200

/** The entries that a checkpoint brought, from a node of its log, hashed to the root in this page. */
export function CheckpointEntries(props: {
  readonly logId: Hex
  readonly root: Hex
  readonly from: number
  readonly to: number
}): ReactNode {
  const { logId, root, from, to } = props
  const { network, feed } = useNetwork()
  const found = useAsync(`entries ${root}`, async (): Promise<Entries> => {
    const nodes = await readNodes(feed.client, { contract: network.nodeRegistry })
    const now = BigInt(Math.floor(Date.now() / 1000))
    const rank = (state: NodeState): number => (state === 'valid' ? 0 : 1)
    const [node] = [...nodes]
      .reverse()
      .filter((one) => one.logId === logId)
      .sort((a, b) => rank(nodeStateOf(a, now)) - rank(nodeStateOf(b, now)))
    if (node === undefined) throw new Error('No node of this log is registered.')
    return fetchEntries(node.endpoint, { root, from, to })
  })
  if (found.state === 'waiting') return <Empty>Asking a node of this log…</Empty>
  if (found.state === 'failed') return <Problem>{found.message}</Problem>
  const { entries, isRoot } = found.value
  return (
    <div className="entries">
      {isRoot === true && <p className="seal">All {to} entries of the log hash to the root on chain.</p>}
      {isRoot === false && <Problem>The node’s entries do not hash to the root on chain.</Problem>}
      {isRoot === null && <p className="note">The log is too long to compute its root in a page.</p>}
      <ol start={from + 1}>
        {entries.slice(0, shown).map((entry) => (
          <li key={entry}>
            <Hash value={entry} />
          </li>
        ))}
      </ol>
      {entries.length > shown && <p className="note">{`and ${entries.length - shown} more`}</p>}
    </div>
  )
}

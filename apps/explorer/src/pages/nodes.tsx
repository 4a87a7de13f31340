import { nodeStateOf, type RegisteredNode, readNodes } from '@og/settlement/contracts'
import type { ReactNode } from 'react'
import { Hash } from '../components/hash.js'
import { Badge } from '../components/mode-badge.js'
import { Empty, Panel, Problem } from '../components/panel.js'
import { Table } from '../components/table.js'
import { useNetwork } from '../network/network-context.js'
import { fetchNodeJson } from '../node/fetch-node.js'
import { useAsync, useNow } from '../use-async.js'

/** The registry, and which of its nodes answer. */
export function Nodes(): ReactNode {
  const { network, feed } = useNetwork()
  const now = useNow(5)
  const listed = useAsync(`nodes ${now / 10n}`, () => readNodes(feed.client, { contract: network.nodeRegistry }), {
    keepsLast: true,
  })
  const nodes = listed.state === 'done' ? [...listed.value].reverse() : []
  return (
    <>
      <h1>Nodes</h1>
      <p className="note">
        What stands in the registry is its registrar’s word. Open a node to verify its quote in this page.
      </p>
      {listed.state === 'failed' && <Problem>The registry cannot be read: {listed.message}</Problem>}
      {listed.state === 'done' && nodes.length === 0 && <Empty>No node is registered.</Empty>}
      {nodes.length > 0 && (
        <Panel title={`${nodes.length} registered`}>
          <Table columns={['node', 'mode', 'endpoint', 'registered as', 'answers']}>
            {nodes.map((node) => (
              <Row key={node.nodeId} node={node} now={now} />
            ))}
          </Table>
        </Panel>
      )}
    </>
  )
}

function Row({ node, now }: { readonly node: RegisteredNode; readonly now: bigint }): ReactNode {
  const state = nodeStateOf(node, now)
  const alive = useAsync(`${node.nodeId} ${state}`, async () => {
    if (state !== 'valid') return 'not asked'
    const health = await fetchNodeJson(node.endpoint, '/health')
    return health['nodeId'] === node.nodeId ? 'yes' : 'with other keys'
  })
  return (
    <tr>
      <td>
        <Hash value={node.nodeId} href={`#/node/${node.nodeId}`} />
      </td>
      <td>
        <Badge name={node.mode === 1 ? 'TEE' : 'VANILLA'} />
      </td>
      <td>{node.endpoint}</td>
      <td>{state}</td>
      <td>{alive.state === 'waiting' ? 'asking…' : alive.state === 'done' ? alive.value : 'no'}</td>
    </tr>
  )
}

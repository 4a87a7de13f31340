import type { JsonObject } from '@og/settlement'
import { nodeStateOf, type RegisteredNode, readNode } from '@og/settlement/contracts'
import type { ReactNode } from 'react'
import { isBytes32 } from '../chain/find-inference.js'
import { Hash } from '../components/hash.js'
import { Badge, meaningOf } from '../components/mode-badge.js'
import { Empty, Facts, Panel, Problem } from '../components/panel.js'
import { StepList } from '../components/step-list.js'
import { Table } from '../components/table.js'
import { formatAmount, formatTime } from '../format.js'
import { useNetwork } from '../network/network-context.js'
import { fetchNodeJson, fetchNodeStatement } from '../node/fetch-node.js'
import { judgeNode, sentenceOf } from '../node/judge-node.js'
import { useAsync, useNow } from '../use-async.js'

/** One node: what the registry says, what its quote proves, what it offers. */
export function Node({ nodeId }: { readonly nodeId: string }): ReactNode {
  const { network, feed } = useNetwork()
  const now = useNow(5)
  const found = useAsync(nodeId, async () => {
    if (!isBytes32(nodeId)) throw new Error('That is not a node id.')
    return readNode(feed.client, { contract: network.nodeRegistry, nodeId })
  })
  if (found.state === 'waiting') return <Empty>Reading the registry…</Empty>
  if (found.state === 'failed') return <Problem>{found.message}</Problem>
  if (found.value === null) return <Problem>The registry has no such node.</Problem>
  const node = found.value
  const mode = node.mode === 1 ? 'TEE' : 'VANILLA'
  return (
    <>
      <h1>
        Node <code>{nodeId.slice(0, 18)}…</code> <Badge name={mode} />
      </h1>
      <p>{meaningOf(mode)}</p>
      <Panel
        title="In the registry"
        note={
          mode === 'TEE'
            ? 'Its registrar checked a quote once; the page checks the node’s own quote below.'
            : 'A VANILLA node is entered without proof of its hardware.'
        }
      >
        <Facts
          rows={[
            ['node id', <Hash key="id" value={node.nodeId} />],
            ['state', nodeStateOf(node, now)],
            ['endpoint', node.endpoint],
            ['receipt key', <Hash key="key" value={node.receiptKey} />],
            ['log', <Hash key="log" value={node.logId} />],
            ['valid', `${formatTime(node.notBefore)} to ${formatTime(node.notAfter)}`],
            ...(mode === 'TEE' ? [['quote hash', <Hash key="quote" value={node.quoteHash} />] as const] : []),
          ]}
        />
      </Panel>
      <Quote node={node} />
      <Offers endpoint={node.endpoint} />
    </>
  )
}

function Quote({ node }: { readonly node: RegisteredNode }): ReactNode {
  const { network } = useNetwork()
  const judged = useAsync(`quote of ${node.nodeId}`, async () => {
    const statement = await fetchNodeStatement(node.endpoint)
    const now = BigInt(Math.floor(Date.now() / 1000))
    const judgement = await judgeNode(statement, { expectedNodeId: node.nodeId, trust: network.trust, now })
    return { statement, judgement }
  })
  if (judged.state === 'waiting') return <Empty>Asking the node for a fresh quote…</Empty>
  if (judged.state === 'failed') return <Problem>{judged.message}</Problem>
  const { judgement, statement } = judged.value
  return (
    <Panel
      title="Verified in this page"
      note={
        statement.attestation === null
          ? 'That its manifest is the registered one.'
          : `Trusted here: ${network.trust.platform}. The quote answers a nonce of this page.`
      }
    >
      {statement.attestation === null && <Empty>This node shows no quote: it is not an attested one.</Empty>}
      {judgement.platform !== null && (
        <>
          <p className={judgement.ok ? 'seal' : 'problem'}>
            {sentenceOf(judgement, network.trust)} <Badge name={judgement.platform} /> {meaningOf(judgement.platform)}
          </p>
          <Facts
            rows={[
              ['release', judgement.release ?? 'none that this network knows'],
              ['TCB status', judgement.tcbStatus ?? ''],
              ['believed until', judgement.expiresAt === null ? '' : formatTime(judgement.expiresAt)],
              ...judgement.measurements.map(({ name, value }) => [name, <Hash key={name} value={value} />] as const),
            ]}
          />
        </>
      )}
      <StepList steps={judgement.steps} label="Checks of the quote" />
      <h3>
        Keys and payments in its manifest{judgement.ok && statement.attestation !== null && ', which the quote binds'}
      </h3>
      <Facts
        rows={[
          ['receipt key', <Hash key="receipt key" value={statement.manifest.receiptKey} />],
          ['sealed requests', statement.manifest.sealing?.suite ?? 'none: this node takes plain requests'],
          ['software', statement.manifest.codeVersion],
          ...statement.manifest.payments.map(
            ({ network: chain, asset, payTo }) => [`paid on ${chain}`, `token ${asset} to ${payTo}`] as const,
          ),
        ]}
      />
    </Panel>
  )
}

function Offers({ endpoint }: { readonly endpoint: string }): ReactNode {
  const { network } = useNetwork()
  const offers = useAsync(`offers of ${endpoint}`, async () => offersOf(await fetchNodeJson(endpoint, '/v1/offers')))
  if (offers.state !== 'done') return null
  const price = (value: string): string => formatAmount(BigInt(value), network.token.decimals)
  return (
    <Panel title="Models and prices" note={`${network.token.symbol} per million tokens, in signed offers of the node`}>
      <Table columns={['model', 'input', 'cached', 'output', 'reasoning']}>
        {offers.value.map((offer) => (
          <tr key={offer.model}>
            <td>{offer.model}</td>
            {offer.prices.map((value, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: four prices in fixed order
              <td key={index}>{price(value)}</td>
            ))}
          </tr>
        ))}
      </Table>
    </Panel>
  )
}

interface ShownOffer {
  readonly model: string
  readonly prices: readonly string[]
}

function offersOf(answer: JsonObject): readonly ShownOffer[] {
  const data = answer['data']
  if (!Array.isArray(data)) return []
  return data.slice(0, 500).flatMap((entry: unknown): ShownOffer[] => {
    const offer = fieldOf(entry, 'offer')
    const model = fieldOf(offer, 'model')
    const prices = ['inputPrice', 'cachedInputPrice', 'outputPrice', 'reasoningPrice'].map((name) =>
      fieldOf(offer, name),
    )
    if (typeof model !== 'string' || !prices.every(isCount)) return []
    return [{ model, prices }]
  })
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}

function isCount(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{1,30}$/.test(value)
}

import { verifyInclusion } from '@og/settlement'
import { readCheckpoint } from '@og/settlement/contracts'
import type { ReactNode } from 'react'
import { type ChainRecord, findRecords, isBytes32 } from '../chain/find-inference.js'
import { merklePathOf } from '../chain/merkle-path.js'
import { Hash } from '../components/hash.js'
import { MerklePicture } from '../components/merkle-picture.js'
import { Badge, meaningOf } from '../components/mode-badge.js'
import { Empty, Facts, Panel, Problem } from '../components/panel.js'
import { type Step, StepList } from '../components/step-list.js'
import { formatAmount, formatTime } from '../format.js'
import type { Network } from '../network/network.js'
import { useNetwork } from '../network/network-context.js'
import { findCall, type NodeCall } from '../node/fetch-call.js'
import { useAsync } from '../use-async.js'

/** Everything that is public about one call, found by payment hash, receipt digest or transaction. */
export function Inference({ id }: { readonly id: string }): ReactNode {
  const { network, feed } = useNetwork()
  const { client } = feed
  const found = useAsync(id, async () => {
    const records = await findRecords(id, { network, client })
    const paymentHash = records[0]?.paymentHash ?? id
    const call = records.length > 1 || !isBytes32(paymentHash) ? null : await findCall(paymentHash, { network, client })
    const head =
      call?.proof == null
        ? null
        : await readCheckpoint(client, { contract: network.inferenceLog, logId: call.proof.logId, seq: call.proof.seq })
    return { records, call, head }
  })
  if (found.state === 'waiting') return <Empty>Asking the chain and the nodes…</Empty>
  if (found.state === 'failed') return <Problem>{found.message}</Problem>
  const { records, call, head } = found.value
  if (records.length > 1) return <Several records={records} />
  const record = records[0]
  if (record === undefined && call === null) {
    return (
      <Problem>
        Neither the chain nor a registered node knows {id}. A call that was just made may take a few seconds.
      </Problem>
    )
  }
  const metadata = record?.type === 'settled-metadata' ? record : undefined
  return (
    <>
      <h1>Inference</h1>
      <Panel title="In plain words">
        <p>{sentenceOf({ record, call, network })}</p>
        {metadata !== undefined && <Label upstream={metadata.terms.upstream} mode={metadata.receipt.mode} />}
        {metadata === undefined && (
          <p className="note">
            Model, tokens and price are the payer’s own until they show their receipt: the chain has salted hashes only.
            With the receipt file, the <a href="#/verify">Verify</a> page shows all of it.
          </p>
        )}
      </Panel>
      {metadata !== undefined && <Metadata record={metadata} network={network} />}
      <Panel title="Record">
        <Facts rows={rowsOf({ record, call, network })} />
      </Panel>
      {call !== null && <Proof call={call} head={head} record={record} />}
    </>
  )
}

interface Found {
  readonly record: ChainRecord | undefined
  readonly call: NodeCall | null
  readonly network: Network
}

function sentenceOf({ record, call, network }: Found): string {
  const receipt = record?.type === 'settled-metadata' ? record.receipt : call?.receipt
  const when = receipt === null || receipt === undefined ? '' : ` at ${formatTime(receipt.finishedAt)}`
  const mode =
    receipt === null || receipt === undefined ? 'A node' : receipt.mode === 1 ? 'A TEE node' : 'A VANILLA node'
  const charged = record?.type === 'settled-metadata' ? record.terms.charged : call?.payment.charged
  const price =
    charged === null || charged === undefined
      ? ''
      : ` and charged ${formatAmount(charged, network.token.decimals)} ${network.token.symbol} for it`
  const where =
    record === undefined
      ? 'Its own record is not on chain: it is proven by the log below, or not yet.'
      : `Its record stands in block ${record.blockNumber}.`
  return `${mode} answered a call${when}${price}. ${where}`
}

function rowsOf({ record, call, network }: Found): readonly (readonly [string, ReactNode])[] {
  const rows: (readonly [string, ReactNode])[] = []
  const paymentHash = record?.paymentHash ?? call?.receipt?.paymentHash
  if (paymentHash !== undefined) rows.push(['payment hash', <Hash key="p" value={paymentHash} />])
  const digest = record?.digest ?? call?.digest
  if (digest !== undefined && digest !== null) rows.push(['receipt digest', <Hash key="d" value={digest} />])
  const nodeId = record?.nodeId ?? call?.node.nodeId
  if (nodeId !== undefined) rows.push(['node', <Hash key="n" value={nodeId} href={`#/node/${nodeId}`} />])
  if (call?.receipt != null) {
    const promised = formatTime(call.receipt.settleBy)
    rows.push(['settlement', <Badge key="s" name={call.record.mode} />], ['promised on chain by', promised])
  }
  if (record !== undefined) {
    rows.push(['block', `${record.blockNumber ?? 'pending'}`])
    if (record.transactionHash !== null)
      rows.push(['record transaction', <Hash key="t" value={record.transactionHash} />])
  }
  const commitments = record?.type === 'settled' ? record : call?.receipt
  if (commitments != null) {
    rows.push(['request commitment', <Hash key="rq" value={commitments.requestCommitment} />])
    rows.push(['response commitment', <Hash key="rs" value={commitments.responseCommitment} />])
    rows.push(['terms hash', <Hash key="th" value={commitments.termsHash} />])
  }
  if (call !== null) {
    const { charged, state, transaction } = call.payment
    const amount = charged === null ? '' : `${formatAmount(charged, network.token.decimals)} ${network.token.symbol}, `
    rows.push(['payment', `${amount}${state}`])
    if (transaction !== null) rows.push(['payment transaction', <Hash key="pt" value={transaction} />])
  }
  return rows
}

function Label({ upstream, mode }: { readonly upstream: string; readonly mode: number }): ReactNode {
  const label = mode === 0 ? 'vanilla' : upstream === 'scripted' ? 'scripted' : 'tls-witnessed'
  return (
    <p>
      <Badge name={label} /> {meaningOf(label)}
    </p>
  )
}

function Metadata(props: {
  readonly record: Extract<ChainRecord, { type: 'settled-metadata' }>
  readonly network: Network
}): ReactNode {
  const { record, network } = props
  const { terms } = record
  const price = (amount: bigint): string => `${formatAmount(amount, network.token.decimals)} ${network.token.symbol}`
  return (
    <Panel title="What was asked and answered" note="Stands on chain in full; the contract recomputed its hashes.">
      <Facts
        rows={[
          ['model asked', terms.modelRequested],
          ['model that answered', terms.modelAnswered],
          ['provider', terms.upstream],
          ['payer', <Hash key="payer" value={terms.payer} />],
          ['authorised', price(terms.authorized)],
          ['charged', price(terms.charged)],
          ['tokens', `${terms.promptTokens} in, ${terms.completionTokens} out`],
        ]}
      />
      <h3>Request</h3>
      <pre>{textOf(record.request)}</pre>
      <h3>Answer</h3>
      <pre>{textOf(record.response)}</pre>
    </Panel>
  )
}

/** Bytes as text, indented where they are JSON. It is shown as text and nothing else. */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 262_144))
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function Proof(props: {
  readonly call: NodeCall
  readonly head: Awaited<ReturnType<typeof readCheckpoint>>
  readonly record: ChainRecord | undefined
}): ReactNode {
  const { call, head, record } = props
  const { proof, digest } = call
  const steps: Step[] = [
    { name: 'receipt signed by the registered key', ok: call.isSigned },
    { name: 'node valid when it answered', ok: wasValid(call) },
  ]
  if (record !== undefined) steps.push({ name: 'record on chain is of this receipt', ok: record.digest === digest })
  if (proof === null || digest === null) {
    steps.push({ name: 'inclusion in a checkpoint', ok: null, detail: 'no checkpoint covers it yet' })
    return (
      <Panel title="Checked in this page">
        <StepList steps={steps} label="Checks of this inference" />
      </Panel>
    )
  }
  const isAnchored = head !== null && head.root === proof.root && head.size === BigInt(proof.size)
  steps.push({ name: 'checkpoint stands on chain', ok: isAnchored })
  steps.push({
    name: 'inclusion in that checkpoint',
    ok: verifyInclusion({ leaf: digest, index: proof.index, size: proof.size, root: proof.root, proof: proof.proof }),
    detail: `leaf ${proof.index} of ${proof.size}, checkpoint ${proof.seq}`,
  })
  const path = merklePathOf({ leaf: digest, index: proof.index, size: proof.size, proof: proof.proof })
  return (
    <Panel title="Checked in this page">
      <StepList steps={steps} label="Checks of this inference" />
      <h3>Its way to the root</h3>
      <MerklePicture leafHash={path.leafHash} steps={path.steps} />
    </Panel>
  )
}

function wasValid({ node, receipt }: NodeCall): boolean {
  if (receipt === null) return false
  const isInTime = receipt.finishedAt >= node.notBefore && receipt.finishedAt <= node.notAfter
  return isInTime && (node.revokedAt === 0n || receipt.finishedAt < node.revokedAt)
}

function Several({ records }: { readonly records: readonly ChainRecord[] }): ReactNode {
  return (
    <>
      <h1>{records.length} inferences in this transaction</h1>
      <ul>
        {records.map((record) => (
          <li key={record.digest}>
            <Hash value={record.paymentHash} href={`#/inference/${record.paymentHash}`} />
          </li>
        ))}
      </ul>
    </>
  )
}

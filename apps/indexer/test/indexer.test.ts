import { sendRpc } from '@og/devchain'
import { addressOf, createLog, type Hex, hashCheckpoint, hashReceipt, type Log, signDigest } from '@og/settlement'
import {
  checkpointCalldata,
  type NodeStatement,
  reportEquivocationCalldata,
  revokeNodeCalldata,
  settleCalldata,
  settleWithMetadataCalldata,
} from '@og/settlement/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../../../packages/ledger/test/postgres-cluster.js'
import {
  metadataOf,
  nodeKey,
  type RecordChain,
  receiptOf,
  signed,
  startRecordChain,
  unique,
} from '../../../packages/settlement/test/contracts/record-chain.js'
import { type RunningIndexer, startIndexer } from '../server/start-indexer.js'

type Row = Readonly<Record<string, string | number>>
interface Rows {
  readonly data: readonly Row[]
  readonly next: string | null
}

const hostile = 'http://127.0.0.1:1/\u0000<img src=x>'
let records: RecordChain
let cluster: Cluster | undefined
let indexers: readonly (RunningIndexer & { readonly name: string })[] = []
let node: NodeStatement
let other: NodeStatement
let log: Log
const digests: Hex[] = []
let open: ReturnType<typeof metadataOf>

/** Asks every indexer; they must agree. */
async function ask<Answer>(path: string): Promise<Answer> {
  const answers = await Promise.all(indexers.map(async ({ url }) => (await fetch(`${url}${path}`)).json()))
  for (const answer of answers.slice(1)) expect(answer).toEqual(answers[0])
  return answers[0]
}

/** Polls until every indexer answers what is expected. */
async function eventually(path: string, expected: (answer: Rows) => boolean): Promise<Rows> {
  const answers = await Promise.all(
    indexers.map(({ url, name }) =>
      expect
        .poll(async () => expected(await (await fetch(`${url}${path}`)).json()), {
          message: `${name} ${path}`,
          timeout: 30_000,
          interval: 100,
        })
        .toBe(true),
    ),
  )
  expect(answers.length).toBeGreaterThan(0)
  return ask<Rows>(path)
}

async function settle(count: number, of: NodeStatement = node, key: Hex = nodeKey): Promise<readonly Hex[]> {
  const items = Array.from({ length: count }, () => signed(receiptOf(of), records.domain, key))
  const mined = await records.send(records.contract, settleCalldata(items))
  digests.push(...items.map(({ receipt }) => hashReceipt(receipt, records.domain)))
  return items.map(({ receipt }) => receipt.paymentHash).concat(mined.transactionHash)
}

async function publish(seq: bigint, from: number, to: number): Promise<void> {
  const head = { logId: node.logId, seq, size: BigInt(to), root: log.rootAt(to), uri: `https://log/${seq}` }
  const signature = signDigest(hashCheckpoint(head, records.domain), nodeKey)
  const consistencyProof = log.consistencyProof(from, to)
  await records.record(checkpointCalldata({ checkpoint: head, nodeId: node.nodeId, signature, consistencyProof }))
}

beforeAll(async () => {
  const [chain, found] = await Promise.all([startRecordChain(), startCluster()])
  records = chain
  cluster = 'skipped' in found ? undefined : found
  node = await records.register({})
  other = await records.register({ logId: unique(), mode: 0, endpoint: hostile })
  await settle(3)
  await settle(1, other)
  open = metadataOf(node, records.domain)
  const calldata = settleWithMetadataCalldata(open)
  await records.record(calldata)
  // Anybody may repeat it; the first counts.
  await records.record(calldata)
  digests.push(hashReceipt(open.receipt, records.domain))
  log = createLog([...digests, ...Array.from({ length: 4 }, unique)])
  await publish(1n, 0, 3)
  await publish(2n, 3, 5)
  const network = {
    chainId: records.chain.chainId,
    rpc: records.chain.rpcUrl,
    inferenceLog: records.contract,
    nodeRegistry: records.registry,
    fromBlock: 0,
  }
  const start = async (name: string, databaseUrl?: string) => ({
    name,
    ...(await startIndexer({ network, pollingMs: 100, ...(databaseUrl === undefined ? {} : { databaseUrl }) })),
  })
  indexers = await Promise.all([
    start('embedded'),
    ...(cluster === undefined ? [] : [start('postgres', cluster.connectionString)]),
  ])
}, 300_000)

afterAll(async () => {
  await Promise.all(indexers.map(({ stop }) => stop()))
  await Promise.all([records?.close(), cluster?.dispose()])
})

describe('what was on chain before', () => {
  test('default: every record once, newest first, page by page', async () => {
    const all = await ask<Rows>('/v1/inferences')
    expect(all.data.map(({ digest }) => digest)).toEqual([...digests].reverse())
    const first = await ask<Rows>('/v1/inferences?limit=2')
    const second = await ask<Rows>(`/v1/inferences?limit=3&before=${first.next}`)
    expect([...first.data, ...second.data]).toEqual(all.data)
    expect(second.next).toBeNull()
  })

  test('default: filters by node, mode, settlement, payer, model and time', async () => {
    const { payer, modelRequested } = open.terms
    for (const [filter, count] of [
      [`node=${node.nodeId}`, 4],
      [`node=${other.nodeId}`, 1],
      ['mode=TEE', 4],
      ['mode=VANILLA', 1],
      ['settlement=SETTLE_METADATA', 1],
      [`payer=${payer}`, 1],
      [`model=${modelRequested}`, 1],
      ['model=other', 0],
      ['since=1', 5],
      ['until=1', 0],
      [`node=${other.nodeId}&settlement=SETTLE_METADATA`, 0],
    ] as const) {
      expect((await ask<Rows>(`/v1/inferences?${filter}`)).data.length, filter).toBe(count)
    }
    const [row] = (await ask<Rows>('/v1/inferences?settlement=SETTLE_METADATA')).data
    expect(row).toMatchObject({ charged: '10000', promptTokens: '12', model: 'gpt-4', payer: payer.toLowerCase() })
  })

  test('default: one value finds whatever it names', async () => {
    const [paymentHash = '', , , transaction = ''] = await settle(3)
    await eventually(`/v1/inferences?limit=200`, ({ data }) => data.length === digests.length)
    const find = async (value: string) => {
      const found = await ask<Readonly<Record<string, readonly Row[]>>>(`/v1/search?q=${value}`)
      return Object.fromEntries(Object.entries(found).map(([kind, rows]) => [kind, rows.length]))
    }
    const none = { inferences: 0, checkpoints: 0, nodes: 0, equivocations: 0 }
    expect(await find(paymentHash)).toEqual({ ...none, inferences: 1 })
    expect(await find(digests[0] ?? '')).toEqual({ ...none, inferences: 1 })
    expect(await find(transaction)).toEqual({ ...none, inferences: 3 })
    expect(await find(other.nodeId)).toEqual({ ...none, inferences: 1, nodes: 1 })
    expect(await find(node.logId)).toEqual({ ...none, checkpoints: 2, nodes: 1 })
    expect(await find(log.rootAt(5))).toEqual({ ...none, checkpoints: 1 })
    expect(await find(open.terms.payer.toUpperCase().replace('0X', '0x'))).toEqual({ ...none, inferences: 1 })
    expect(await find(addressOf(nodeKey))).toEqual({ ...none, nodes: 2 })
    expect(await find(unique())).toEqual(none)
  })

  test('default: checkpoints, the registry with hostile text as text, sums of the days', async () => {
    const heads = await ask<Rows>(`/v1/checkpoints?log=${node.logId}`)
    expect(heads.data).toMatchObject([
      { seq: '2', size: '5', root: log.rootAt(5), uri: 'https://log/2' },
      { seq: '1', size: '3', root: log.rootAt(3) },
    ])
    const { data } = await ask<Rows>('/v1/nodes')
    expect(data).toMatchObject([{ endpoint: hostile.replace('\u0000', '\uFFFD'), mode: 0 }, { mode: 1 }])
    const { all, days } = await ask<{ all: Row; days: readonly Row[] }>('/v1/totals')
    expect(all).toMatchObject({ withMetadata: 1, checkpoints: 2, leaves: '5', tokens: '19', records: digests.length })
    expect(days.length).toBeGreaterThan(0)
  })

  test('error: queries that mean nothing are refused by name', async () => {
    for (const [path, param] of [
      ['/v1/inferences?limit=0', 'limit'],
      ['/v1/inferences?limit=201', 'limit'],
      ['/v1/inferences?node=0x12', 'node'],
      ['/v1/inferences?payer=<script>', 'payer'],
      ['/v1/inferences?mode=tee', 'mode'],
      ['/v1/inferences?mode=TEE&mode=TEE', 'mode'],
      ['/v1/inferences?before=-1', 'before'],
      ['/v1/inferences?model=%00', 'model'],
      ['/v1/search', 'q'],
      ["/v1/search?q=' OR 1=1 --", 'q'],
    ] as const) {
      for (const { url } of indexers) {
        const answer = await fetch(`${url}${path}`)
        expect(answer.status, path).toBe(400)
        expect(await answer.json()).toMatchObject({ error: { param, code: 'invalid_query' } })
      }
    }
  })
})

describe('what comes while it runs', () => {
  test('default: equivocation, ban and revocation', async () => {
    const key: Hex = `0x${'77'.repeat(32)}`
    const liar = await records.register({ logId: unique(), receiptKey: addressOf(key) })
    const receipt = receiptOf(liar)
    const first = signed(receipt, records.domain, key)
    const second = signed({ ...receipt, responseCommitment: unique() }, records.domain, key)
    await records.send(records.contract, reportEquivocationCalldata({ first, second }))
    await records.send(records.registry, revokeNodeCalldata(other.nodeId), records.account(9))
    const { data } = await eventually('/v1/nodes', (rows) => rows.data.filter((row) => 'revokedAt' in row).length === 2)
    expect(data.map((row) => [row['nodeId'], 'bannedAt' in row])).toEqual([
      [liar.nodeId, true],
      [other.nodeId, false],
      [node.nodeId, false],
    ])
    expect((await ask<Rows>(`/v1/equivocations?log=${liar.logId}`)).data).toMatchObject([
      { paymentHash: receipt.paymentHash, firstDigest: hashReceipt(receipt, records.domain) },
    ])
  })

  test('default: what a reorganisation takes off the chain goes, its sums too, and what replaces it comes', async () => {
    const before = digests.length
    await settle(2)
    await publish(3n, 5, 7)
    await eventually('/v1/inferences', ({ data }) => data.length === before + 2)
    await eventually('/v1/checkpoints', ({ data }) => data.length === 3)
    await sendRpc(records.chain, 'anvil_reorg', 2, [])
    const gone = digests.splice(before)
    await eventually('/v1/inferences', ({ data }) => data.length === before)
    await eventually('/v1/checkpoints', ({ data }) => data.length === 2)
    const { all } = await ask<{ all: Row }>('/v1/totals')
    expect(all).toMatchObject({ records: before, checkpoints: 2, leaves: '5' })
    const found = await ask<{ inferences: readonly Row[] }>(`/v1/search?q=${gone[0]}`)
    expect(found.inferences).toEqual([])
    await settle(1)
    const { data } = await eventually('/v1/inferences', (rows) => rows.data.length === before + 1)
    expect(data[0]?.['digest']).toBe(digests.at(-1))
  })

  test('error: below what had counted as final it ends, says why, and no longer answers from a chain that is gone', async () => {
    const head = Number(await sendRpc(records.chain, 'eth_blockNumber'))
    await sendRpc(records.chain, 'anvil_mine', '0x46')
    await eventually('/status', (status) => blockOf(status) >= head + 70)
    await sendRpc(records.chain, 'anvil_reorg', 65, [])
    await sendRpc(records.chain, 'anvil_mine', '0x2')
    const reasons = await Promise.all(indexers.map(({ ended }) => ended))
    for (const reason of reasons) expect(reason).toMatch(/^the chain was reorganised .* index it anew/)
    for (const { url } of indexers) await expect(fetch(`${url}/v1/totals`)).rejects.toThrow()
  })
})

/** The last block that an indexer says it has read. */
function blockOf(status: object): number {
  const { record } = status as { readonly record?: { readonly block: { readonly number: number } } }
  return record?.block.number ?? -1
}

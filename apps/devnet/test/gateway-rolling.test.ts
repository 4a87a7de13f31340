import type { JsonObject } from '@og/settlement'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../../packages/ledger/test/postgres-cluster.js'
import type { DevnetGateway } from '../src/index.js'
import { post, signPayment } from './sign-payment.js'
import { type Payer, startTestDevnet, type TestDevnet, until } from './start-test-devnet.js'
import { startTestUpstream, type TestUpstream, words } from './start-test-upstream.js'

const cluster = await startCluster()

const bodyOf = (content: string, stream: boolean): JsonObject => ({
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content }],
  max_tokens: 64,
  stream,
})

describe.skipIf('skipped' in cluster)('F30: a rolling restart under load', () => {
  let net: TestDevnet
  let upstream: TestUpstream
  let nodes: readonly DevnetGateway[]
  let payers: readonly Payer[]
  beforeAll(async () => {
    if ('skipped' in cluster) return
    upstream = await startTestUpstream()
    net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [] }] })
    const config = {
      ledgerPath: undefined,
      ledgerUrl: cluster.connectionString,
      logId: `0x${'5b'.repeat(32)}`,
      payTo: net.devnet.vanillaGateway.payTo,
      drainSeconds: 2,
    }
    const start = (name: string): Promise<DevnetGateway> =>
      net.devnet.startGateway(name, { mode: 'VANILLA', relayerAccount: 6, config })
    nodes = [await start('rolling-a'), await start('rolling-b')]
    payers = await Promise.all(Array.from({ length: 6 }, () => net.payer({ tokens: 100_000_000n })))
  }, 240_000)
  afterAll(async () => {
    await net?.devnet.stop()
    await upstream?.close()
    if (!('skipped' in cluster)) await cluster.dispose()
  })

  /** What a balancer does: it sends a call to a node that says it is ready, and keeps quote and payment together. */
  async function chooseNode(turn: number): Promise<string> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const url = nodes[(turn + attempt) % nodes.length]?.url() ?? ''
      const ready = await fetch(`${url}/ready`).then(
        ({ status }) => status === 200,
        () => false,
      )
      if (ready) return url
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('no node was ready for ten seconds')
  }

  test('every paid call is answered, none twice, and every payment arrives', { timeout: 240_000 }, async () => {
    upstream.behave(
      words(
        Array.from({ length: 10 }, (_, index) => `w${index} `),
        { pauseMs: 30 },
      ),
    )
    const outcomes: string[] = []
    const hashes: (readonly [string, `0x${string}`])[] = []
    let rolling = true
    const caller = async (payer: Payer, index: number): Promise<void> => {
      for (let turn = index; rolling; turn += 1) {
        const body = bodyOf(`call ${index}.${turn}`, turn % 2 === 0)
        const url = await chooseNode(turn)
        const payment = await signPayment({ url, body, payer })
        const answer = await post({ url, body }, payment)
        const text = await answer.text()
        outcomes.push(`${answer.status} ${text.includes('w9') ? 'whole' : text.slice(0, 120)}`)
        hashes.push([url, payment.paymentHash])
      }
    }
    const calling = Promise.all(payers.map(caller))
    /** Lets the callers go on for a while, however slow the machine is. */
    const goOn = async (): Promise<void> => {
      const enough = outcomes.length + 8
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await until('calls are served', async () => (outcomes.length >= enough ? true : undefined), { timeoutMs: 60_000 })
    }
    await goOn()
    for (const node of nodes) {
      await node.stop()
      await node.restart()
      await goOn()
    }
    rolling = false
    await calling
    expect(outcomes.filter((outcome) => outcome !== '200 whole')).toEqual([])
    expect(outcomes.length).toBeGreaterThan(20)
    expect(upstream.calls.length).toBe(outcomes.length)
    const [url = ''] = nodes.map((node) => node.url())
    for (const [, paymentHash] of hashes) await net.untilSettled(url, paymentHash)
    const moved = (await Promise.all(payers.map(({ address }) => net.transfersFrom(address)))).flat()
    expect(moved.length).toBe(hashes.length)
  })
})

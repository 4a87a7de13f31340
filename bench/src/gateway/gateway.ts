import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { type BenchChild, startChild } from '../end-to-end/child-process.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf, significant } from '../statistics.js'
import { buildChildren } from './build-children.js'
import { gatewayConfiguration } from './configuration.js'
import { encodePost, firePosts, type PostAnswer } from './fire-posts.js'
import { presign } from './presign.js'
import { answerText } from './world.js'

const counts = { warmUp: 1000, paid: 3000, sampled: 500, concurrency: 64, single: 100, streamEvents: 20_000 } as const
/** Where the gateway's processor profile is left, for tools that draw it. */
const profile = new URL('../../../.og/bench/gateway.cpuprofile', import.meta.url)
const message = 'hello there, how are you today?'

/** The whole gateway as a process, durable, against what others put between a client and a provider. */
export const gateway: Benchmark = {
  name: 'gateway',
  summary: 'paid calls of the node against the official express middleware and a bare pipe, on one instant provider',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  context.say('building …')
  const built = await buildChildren()
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-'))
  const children: BenchChild[] = []
  const start = async (name: Parameters<typeof built.urlOf>[0], config: object): Promise<BenchChild> => {
    const child = await startChild(built.urlOf(name), config, { isBuilt: true })
    children.push(child)
    return child
  }
  const urlOf = ({ ready }: BenchChild): string => String(ready['url'])
  try {
    const world = urlOf(await start('world-child', {}))
    const began = performance.now()
    const node = await start('gateway-child', {
      gateway: gatewayConfiguration({ world, ledgerPath: join(folder, 'ledger.db') }),
      profilePath: fileURLToPath(profile),
    })
    const coldStartMs = performance.now() - began
    const official = urlOf(await start('official-child', { upstream: world }))
    const pipe = urlOf(await start('pipe-child', { upstream: world }))
    return await measure(context, { world, node, nodeUrl: urlOf(node), official, pipe, coldStartMs })
  } finally {
    for (const child of children.reverse()) await child.stop()
    rmSync(folder, { recursive: true, force: true })
    built.dispose()
  }
}

interface Setup {
  readonly world: string
  readonly node: BenchChild
  readonly nodeUrl: string
  readonly official: string
  readonly pipe: string
  readonly coldStartMs: number
}

async function measure(context: BenchmarkContext, setup: Setup): Promise<readonly Row[]> {
  const { nodeUrl, official, pipe, world } = setup
  const body = bodyOf(message)
  context.say('signing …')
  const ours = await presign(nodeUrl, body, counts.warmUp + counts.paid + counts.sampled + counts.single)
  // Its facilitator says yes to every payment, also to one that it has seen: a few are enough.
  const few = await presign(official, body, counts.concurrency)
  const theirs = Array.from(
    { length: counts.warmUp + counts.paid },
    (_, index) => few[index % few.length] ?? Buffer.of(),
  )

  const warm = { ours: ours.splice(0, counts.warmUp), theirs: theirs.splice(0, counts.warmUp) }
  await checked(nodeUrl, warm.ours, counts.concurrency)
  await checked(official, warm.theirs, counts.concurrency)
  const cpuBefore = await cpuMsOf(setup.node)
  const paid = await checked(nodeUrl, ours.splice(0, counts.paid), counts.concurrency)
  const cpuMs = ((await cpuMsOf(setup.node)) - cpuBefore) / counts.paid
  const peer = await checked(official, theirs.splice(0, counts.paid), counts.concurrency)
  await setup.node.ask('sample')
  await checked(nodeUrl, ours.splice(0, counts.sampled), counts.concurrency)
  const stepMsPerCall = perCall((await setup.node.ask('steps')) as Readonly<Record<string, number>>)
  const rate = (result: typeof paid): number => (result.answers.length / result.elapsedMs) * 1000
  context.say(
    `paid: ours ${rate(paid).toFixed(0)}/s, express ${rate(peer).toFixed(0)}/s, ${cpuMs.toFixed(3)} ms CPU a call (${stepMsPerCall})`,
  )

  const plain = Array.from({ length: counts.single }, () => encodePost({ body }))
  const direct = medianTotal((await checked(world, plain, 1)).answers)
  const piped = medianTotal((await checked(pipe, plain, 1)).answers)
  const single = medianTotal((await checked(nodeUrl, ours, 1)).answers)

  const streams = await measureStreams(context, setup)
  const config = { ...context.machine, ...counts, ledger: 'SQLite, synchronous=FULL', settlement: 'SETTLE_BATCH' }
  const row = (
    name: string,
    values: Pick<Row, 'ours' | 'peer' | 'unit' | 'target'> & { readonly better: 'lower' | 'higher' },
    more: object = {},
  ): Row =>
    rowOf({
      name: `gateway/${name}`,
      peerName: 'bare node:http → undici pipe, unpaid',
      peerVersion: packageVersion('undici'),
      ...values,
      config: { ...config, ...more },
    })
  return [
    rowOf({
      name: 'gateway/paid-requests',
      ours: rate(paid),
      peer: rate(peer),
      peerName: '@x402/express, instant facilitator in its process',
      peerVersion: packageVersion('@x402/express'),
      unit: 'paid requests/s',
      better: 'higher',
      target: 4,
      config: {
        ...config,
        cpuMsPerCall: significant(cpuMs, 3),
        stepMsPerCall,
        wanted: 1500,
        reached: rate(paid) >= 1500,
      },
    }),
    row(
      'added-latency',
      { ours: single - direct, peer: piped - direct, unit: 'ms', target: null, better: 'lower' },
      { wanted: 4, reached: single - direct <= 4 },
    ),
    row(
      'first-token',
      { ours: streams.first.ours, peer: streams.first.peer, unit: 'ms', target: null, better: 'lower' },
      { wanted: 5, reached: streams.first.ours <= 5 },
    ),
    row(
      're-encoded',
      { ours: streams.perSecond, peer: null, unit: 'events/s', target: null, better: 'higher' },
      { wanted: 70_000, reached: streams.perSecond >= 70_000 },
    ),
    row(
      'cold-start',
      { ours: setup.coldStartMs, peer: null, unit: 'ms', target: null, better: 'lower' },
      { wanted: 2000, reached: setup.coldStartMs <= 2000 },
    ),
  ]
}

async function measureStreams(context: BenchmarkContext, { nodeUrl, pipe, world }: Setup) {
  const streamed = { ...JSON.parse(bodyOf(message)), stream: true }
  const short = JSON.stringify(streamed)
  const payments = await presign(nodeUrl, short, counts.single)
  const unpaid = Array.from({ length: counts.single }, () => encodePost({ body: short }))
  const first = async (url: string, requests: readonly Buffer[]): Promise<number> =>
    medianOf((await checked(url, requests, 1)).answers.map(({ firstEventMs }) => firstEventMs)) ?? Number.NaN
  const direct = await first(world, unpaid)
  const added = { ours: (await first(nodeUrl, payments)) - direct, peer: (await first(pipe, unpaid)) - direct }
  const long = JSON.stringify({
    ...streamed,
    max_tokens: 16_384,
    messages: [{ role: 'user', content: `[events=${counts.streamEvents}]` }],
  })
  const [request] = await presign(nodeUrl, long, 1)
  const { elapsedMs } = await checked(nodeUrl, request === undefined ? [] : [request], 1)
  const perSecond = (counts.streamEvents / elapsedMs) * 1000
  context.say(`streams: first token +${added.ours.toFixed(2)} ms, ${perSecond.toFixed(0)} events/s`)
  return { first: added, perSecond }
}

function bodyOf(content: string): string {
  return JSON.stringify({ model: 'openai/gpt-4o', messages: [{ role: 'user', content }], max_tokens: 64 })
}

/** Sends requests and looks at every answer after the clock has stopped. */
async function checked(url: string, requests: readonly Buffer[], concurrency: number) {
  const result = await firePosts(url, requests, concurrency)
  for (const { status, text } of result.answers) {
    if (status !== 200) throw new Error(`${url}: HTTP ${status} ${text.slice(-200)}`)
  }
  if (result.answers.length !== requests.length) throw new Error(`${url}: answers are missing`)
  if (!result.answers.every(({ text }) => text.includes(answerText) || text.includes('[DONE]')))
    throw new Error(`${url}: another answer`)
  return result
}

function medianTotal(answers: readonly PostAnswer[]): number {
  return medianOf(answers.map(({ totalMs }) => totalMs)) ?? Number.NaN
}

/** Milliseconds of each step for one call, the dearest first. */
function perCall(times: Readonly<Record<string, number>>): string {
  return Object.entries(times)
    .sort(([, left], [, right]) => right - left)
    .map(([step, ms]) => `${step} ${(ms / counts.sampled).toFixed(3)}`)
    .join(', ')
}

async function cpuMsOf(node: BenchChild): Promise<number> {
  const { cpuMs } = (await node.ask('report')) as { readonly cpuMs: number }
  return cpuMs
}

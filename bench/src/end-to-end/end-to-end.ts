import { mintToken, tokenBalance } from '@og/devchain'
import { type Devnet, startDevnet } from '@og/devnet'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, type RowConfig, type RowInput, rowOf } from '../row.js'
import { medianOf, percentileOf, significant } from '../statistics.js'
import { type BenchChild, startChild } from './child-process.js'
import { loadOurSide } from './load-our-side.js'
import { slowAnswerMs } from './mock-upstream.js'
import type { FacilitatorTimes, OfficialServerConfig } from './official-server.js'
import type { OurSide } from './our-side.js'
import { createPeerSide } from './peer-side.js'
import { measureCalls, measureSettlement, measureThroughput, type Samples, type Sides } from './phases.js'

const counts = {
  warmUpCalls: 4,
  sequential: { rounds: 5, callsPerRound: 8 },
  untilSettled: { rounds: 4, callsPerRound: 2 },
  throughput: { rounds: 3, callers: 8, callsPerCaller: 4 },
  firstByte: { rounds: 4, callsPerRound: 1 },
} as const

/** Seconds between blocks. The peer's answer waits for a block: Base's real blocks are eight times as far apart. */
const blockTimeSeconds = 0.25
const peerPrice = '$0.001'
const peerPriceUnits = 1_000n
const peerFunds = 1_000_000_000n

/** A paid chat call through our whole stack against one through the official stack: same chain, same model provider. */
export const endToEnd: Benchmark = {
  name: 'end-to-end',
  summary: 'a paid chat call: @og/client and gateway against @x402/fetch, express middleware and facilitator',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const stops: (() => Promise<void>)[] = []
  try {
    context.say('starting chain, facilitator, gateways, mock provider and official server …')
    const upstream = await startChild(new URL(import.meta.resolve('./mock-upstream-child.ts')), {})
    stops.push(upstream.stop)
    const upstreamUrl = `${String(upstream.ready['url'])}/v1`
    const devnet = await startDevnet({
      blockTimeSeconds,
      upstreams: [{ id: 'mock', baseUrl: upstreamUrl, families: [] }],
    })
    stops.push(devnet.stop)
    // It serves nobody here and would only take its share of the machine.
    await devnet.gateway.kill()
    const [facilitator, payer, payee] = devnet.spareAccounts
    if (facilitator === undefined || payer === undefined || payee === undefined) throw new Error('too few accounts')
    await mintToken(devnet.chain, { to: payer.address, amount: peerFunds })
    const official = await startChild(new URL(import.meta.resolve('./official-server-child.ts')), {
      rpcUrl: devnet.rpc,
      upstreamUrl,
      facilitatorKey: facilitator.privateKey,
      payTo: payee.address,
      price: peerPrice,
    } satisfies OfficialServerConfig)
    stops.push(official.stop)
    const { signal } = context
    const { createOurSide, dispose } = await loadOurSide()
    stops.push(async () => dispose())
    const ours = createOurSide({
      baseUrl: devnet.vanillaGateway.url(),
      privateKey: devnet.account.privateKey,
      signal,
    })
    const peer = createPeerSide({ baseUrl: String(official.ready['url']), privateKey: payer.privateKey, signal })
    const rows = await measure(context, { sides: { ours, peer }, official })
    await checkMoney(devnet, { ours, peer, payee: payee.address })
    return rows
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function measure(
  context: BenchmarkContext,
  { sides, official }: { readonly sides: Sides; readonly official: BenchChild },
): Promise<readonly Row[]> {
  const { signal, say } = context
  say('warming up …')
  for (const side of [sides.ours, sides.peer]) {
    // Not one of these may fail: that would be a broken set-up, not a result.
    for (let index = 0; index < counts.warmUpCalls; index++) await side.call({ stream: index % 2 === 1 })
    await side.drain()
  }
  await official.ask('times')

  say('sequential calls …')
  const sequential = await measureCalls(sides, {
    ...counts.sequential,
    stream: false,
    sampleOf: ({ totalMs }) => totalMs,
    signal,
  })
  const inside = facilitatorConfig((await official.ask('times')) as FacilitatorTimes)
  say('sequential calls until settled …')
  const settlement = await measureSettlement(sides, { ...counts.untilSettled, signal })
  say(`${counts.throughput.callers} callers at once …`)
  const { answered, settled, clientCpu } = await measureThroughput(sides, { ...counts.throughput, signal })
  say('streamed calls …')
  const firstByte = await measureCalls(sides, {
    ...counts.firstByte,
    stream: true,
    sampleOf: ({ firstByteMs }) => firstByteMs,
    signal,
  })

  const row = rowMaker(context)
  const time = { unit: 'ms', better: 'lower' } as const
  const rate = { unit: 'calls/s', better: 'higher' } as const
  return [
    row('sequential-p50', sequential, {
      ...time,
      target: 2,
      of: medianOf,
      config: { ...counts.sequential, ...inside },
    }),
    row('sequential-p95', sequential, {
      ...time,
      target: null,
      of: (samples) => percentileOf(samples, 0.95),
      config: { ...counts.sequential, ...inside },
    }),
    row('until-settled-p50', settlement, { ...time, target: null, of: medianOf, config: counts.untilSettled }),
    row('throughput-8', answered, { ...rate, target: 2, of: medianOf, config: counts.throughput }),
    row('throughput-8-settled', settled, { ...rate, target: null, of: medianOf, config: counts.throughput }),
    row('client-cpu', clientCpu, { ...time, target: 1, of: medianOf, config: counts.throughput }),
    row('first-byte-p50', firstByte, {
      ...time,
      target: 5,
      of: medianOf,
      config: { ...counts.firstByte, answerTakesMs: slowAnswerMs },
    }),
  ]
}

interface RowShape extends Pick<RowInput, 'unit' | 'better' | 'target' | 'config'> {
  readonly of: (samples: readonly number[]) => number | null
}

function rowMaker(context: BenchmarkContext): (name: string, samples: Samples, shape: RowShape) => Row {
  const peerVersion = packageVersion('@x402/express')
  return (name, samples, { of, config, ...shape }) =>
    rowOf({
      name: `end-to-end/${name}`,
      ours: of(samples.ours),
      peer: of(samples.peer),
      peerName: '@x402/fetch + express + evm',
      peerVersion,
      ...shape,
      config: {
        ...context.machine,
        blockTimeSeconds,
        scheme: 'exact, EIP-3009',
        ...config,
        ...samples.config,
      },
    })
}

/** What of the peer's time its facilitator took: without `settle` its answer would not wait for a block. */
function facilitatorConfig(times: FacilitatorTimes): RowConfig {
  const middle = (samples: readonly number[]): number | null => {
    const median = medianOf(samples)
    return median === null ? null : significant(median)
  }
  return { peerVerifyMsP50: middle(times.verify), peerSettleMsP50: middle(times.settle) }
}

/** Numbers of a side that was not paid would be worth nothing. @throws Error when balances on the chain say otherwise */
async function checkMoney(
  devnet: Devnet,
  {
    ours,
    peer,
    payee,
  }: {
    readonly ours: OurSide
    readonly peer: ReturnType<typeof createPeerSide>
    readonly payee: Devnet['vanillaGateway']['payTo']
  },
): Promise<void> {
  const received = await tokenBalance(devnet.chain, devnet.vanillaGateway.payTo)
  if (received !== ours.charged()) {
    throw new Error(`our receipts charge ${ours.charged()}, the payee received ${received}`)
  }
  const peerReceived = await tokenBalance(devnet.chain, payee)
  const peerSettled = BigInt(peer.settledCalls()) * peerPriceUnits
  // More is possible: a call that failed for its caller may still have been settled.
  if (peerReceived < peerSettled) throw new Error(`the peer answered for ${peerSettled}, its payee got ${peerReceived}`)
}

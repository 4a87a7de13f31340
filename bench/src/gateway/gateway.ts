import { availableParallelism } from 'node:os'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, type RowInput, rowOf } from '../row.js'
import { significant } from '../statistics.js'
import { measurePaid, type PaidMeasurement, paidCounts } from './measure-paid.js'
import { measureRelay, type RelayMeasurement, relayCounts } from './measure-relay.js'
import { measureSlowStreams, measureStreams, type StreamMeasurement, streamCounts } from './measure-streams.js'
import { portkeyVersion } from './portkey.js'
import { createSetup, urlOf } from './setup.js'

/** The whole gateway as a process, durable, against what others put between a client and a provider. */
export const gateway: Benchmark = {
  name: 'gateway',
  summary:
    'paid calls of the node against the official express middleware, a bare pipe, Portkey, and limits that we set ourselves',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  context.say('building …')
  const setup = await createSetup()
  try {
    const node = await setup.startNode()
    const pipe = urlOf(await setup.start('pipe-child', { upstream: setup.world }))
    const paid = await measurePaid(context, { setup, node, pipe })
    const streams = await measureStreams(context, { setup, node, pipe })
    await node.child.stop()
    const slowStreamBytes = await measureSlowStreams(context, setup)
    const relay = await measureRelay(context, { setup, pipe })
    const measured = { paid, streams, relay, slowStreamBytes, coldStartMs: node.startedInMs }
    return rowsOf(context, measured)
  } finally {
    await setup.dispose()
  }
}

interface Measured {
  readonly paid: PaidMeasurement
  readonly streams: StreamMeasurement
  readonly relay: RelayMeasurement
  readonly slowStreamBytes: number
  readonly coldStartMs: number
}

function rowsOf({ machine }: BenchmarkContext, measured: Measured): readonly Row[] {
  const { paid, streams, relay } = measured
  const config = { ...machine, ledger: 'SQLite, synchronous=FULL', settlement: 'SETTLE_BATCH' }
  type Values = Pick<RowInput, 'ours' | 'peer' | 'unit' | 'better' | 'target'>
  const against =
    (peerName: string, peerVersion: string) =>
    (name: string, values: Values, more: RowInput['config'] = {}): Row =>
      rowOf({ name: `gateway/${name}`, peerName, peerVersion, ...values, config: { ...config, ...more } })
  const limit = against('limit that we set ourselves', '-')
  const express = against('@x402/express, instant facilitator in its process', packageVersion('@x402/express'))
  const pipe = against('bare node:http → undici pipe', packageVersion('undici'))
  const portkey = against('@portkey-ai/gateway', portkeyVersion)
  const rate = { unit: 'requests/s', better: 'higher' } as const
  const events = { unit: 'events/s of CPU', better: 'higher', target: 1 } as const
  const time = { unit: 'ms', better: 'lower' } as const
  const paidConfig = {
    ...paidCounts,
    cpuMsPerCall: significant(paid.cpuMsPerCall, 3),
    cpuMsPerCallOfProviderAndFacilitator: significant(paid.cpuMsBesides.world, 3),
    cpuMsPerCallOfLoad: significant(paid.cpuMsBesides.load, 3),
    mostPerSecondHere: mostPerSecond(paid),
    stepMsPerCall: paid.stepMsPerCall,
  }
  const bareSteps = against('node:http, one recovery, undici, one signature, one shared commit', '-')
  const bareConfig = {
    ...paidCounts,
    cpuMsPerCall: significant(paid.cpuMsPerCall, 3),
    bareCpuMsPerCall: significant(paid.bare.cpuMsPerCall, 3),
  }
  const { added } = paid
  return [
    express('paid-requests', { ours: paid.ours, peer: paid.peer, ...rate, target: 4 }, paidConfig),
    limit('paid-requests-limit', { ours: paid.ours, peer: 1500, ...rate, target: 1 }, paidConfig),
    bareSteps('paid-of-bare-steps', { ours: paid.ours, peer: paid.bare.perSecond, ...rate, target: null }, bareConfig),
    limit(
      'added-latency-limit',
      { ours: added.ours, peer: 4, ...time, target: 1 },
      { calls: paidCounts.single, pipeMs: significant(added.pipe), stepMsPerCall: paid.addedSteps },
    ),
    limit(
      'first-token-limit',
      { ours: streams.first.ours, peer: 5, ...time, target: 1 },
      { calls: streamCounts.single, pipeMs: significant(streams.first.pipe) },
    ),
    limit(
      're-encoded-limit',
      { ours: streams.single.perCpuSecond, peer: 70_000, ...events },
      eventConfig(streams.single),
    ),
    limit(
      're-encoded-batched-limit',
      { ours: streams.batched.perCpuSecond, peer: 150_000, ...events },
      eventConfig(streams.batched),
    ),
    limit(
      'slow-streams-memory-limit',
      { ours: measured.slowStreamBytes / 1e6, peer: 400, unit: 'MB', better: 'lower', target: 1 },
      { streams: streamCounts.slow },
    ),
    limit('cold-start-limit', { ours: measured.coldStartMs, peer: 2000, ...time, target: 1 }),
    pipe(
      'unpaid-added-latency',
      { ours: relay.added.ours, peer: relay.added.pipe, ...time, target: 0.667 },
      { ...relayCounts },
    ),
    portkey(
      'unpaid-requests',
      { ours: relay.rate.ours, peer: relay.rate.portkey, ...rate, target: 2 },
      { ...relayCounts },
    ),
  ]
}

/** Calls per second at which every core of this machine would be busy with them alone. */
function mostPerSecond({ cpuMsPerCall, cpuMsBesides }: PaidMeasurement): number {
  return significant((1000 * availableParallelism()) / (cpuMsPerCall + cpuMsBesides.world + cpuMsBesides.load), 3)
}

function eventConfig({ perSecond }: StreamMeasurement['single']): RowInput['config'] {
  return { eventsPerSecondOfTheClock: significant(perSecond), events: streamCounts.events, rounds: streamCounts.rounds }
}

import { startCluster } from '../../../packages/ledger/test/postgres-cluster.js'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf, significant } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { measureRelay } from './measure-relay.js'
import { measureReservations, type ReservationSide } from './measure-reservations.js'
import { postgresSides } from './postgres-sides.js'
import { sqliteSides } from './sqlite-sides.js'

const rounds = 3
const roundMs = 2_500
const clients = { sqlite: 64, postgres: 32 } as const
const limits = { sqlite: 5_000, postgres: 1_000, relay: 250 } as const
/** One by one the relayer needs a block for every few: it gets fewer. */
const records = { ours: 2_000, peer: 64 } as const

/** Durable reservations on both engines against the bare cost of their commits, and records through the relayer. */
export const ledger: Benchmark = {
  name: 'ledger',
  summary: 'durable reservations per second on SQLite and PostgreSQL, records per second through the relayer',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  const sqlite = sqliteSides()
  try {
    rows.push(...(await compare('sqlite', sqlite, { context, peerVersion: packageVersion('libsql'), config: {} })))
  } finally {
    await sqlite.close()
  }
  const cluster = await startCluster({ onDisk: true })
  if ('skipped' in cluster) context.say(`without PostgreSQL: ${cluster.skipped}`)
  else {
    try {
      const postgres = await postgresSides(cluster.connectionString, clients.postgres)
      try {
        const config = { server: cluster.origin }
        rows.push(...(await compare('postgres', postgres, { context, peerVersion: packageVersion('pg'), config })))
      } finally {
        await postgres.close()
      }
    } finally {
      await cluster.dispose()
    }
  }
  context.say(`relaying ${records.ours} records in groups of 50, then ${records.peer} one by one …`)
  const ours = await measureRelay({ records: records.ours, maxJobs: 50, signal: context.signal })
  const peer = await measureRelay({ records: records.peer, maxJobs: 1, signal: context.signal })
  const config = {
    ...context.machine,
    blockSeconds: 1,
    confirmations: 1,
    recordsOurs: records.ours,
    recordsPeer: records.peer,
    transactionsOurs: ours.transactions,
    gasEachOurs: ours.gasEach,
    gasEachPeer: peer.gasEach,
  }
  rows.push(
    limitRow('relay-limit', ours.perSecond, { limit: limits.relay, unit: 'records/s', config }),
    rowOf({
      name: 'ledger/relay-grouped',
      ours: ours.perSecond,
      peer: peer.perSecond,
      peerName: 'the same relayer, a transaction each',
      peerVersion: '-',
      unit: 'records/s',
      better: 'higher',
      target: null,
      config,
    }),
  )
  return rows
}

interface Sides {
  readonly ours: ReservationSide
  readonly peer: ReservationSide
}

async function compare(
  engine: 'sqlite' | 'postgres',
  sides: Sides,
  options: { readonly context: BenchmarkContext; readonly peerVersion: string; readonly config: Row['config'] },
): Promise<readonly Row[]> {
  const { context } = options
  const rates: Record<SideName, number[]> = { ours: [], peer: [] }
  const latencies: number[] = []
  const cpuTimes: number[] = []
  await takeTurns(
    rounds,
    async (side) => {
      context.say(`${engine}: ${side === 'ours' ? 'reservations' : 'bare inserts'} …`)
      const measured = await measureReservations(sides[side], { clients: clients[engine], durationMs: roundMs })
      rates[side].push(measured.perSecond)
      if (side !== 'ours') return
      latencies.push(measured.p50Ms)
      cpuTimes.push(measured.cpuMsEach)
    },
    context.signal,
  )
  const latency = medianOf(latencies)
  const cpu = medianOf(cpuTimes)
  const config = {
    ...context.machine,
    ...options.config,
    clients: clients[engine],
    rounds,
    roundMs,
    p50Ms: latency === null ? null : significant(latency),
    cpuMsEach: cpu === null ? null : significant(cpu),
  }
  const ours = medianOf(rates.ours)
  return [
    limitRow(`${engine}-reserve-limit`, ours, { limit: limits[engine], unit: 'reservations/s', config }),
    rowOf({
      name: `ledger/${engine}-reserve`,
      ours,
      peer: medianOf(rates.peer),
      peerName: sides.peer.name,
      peerVersion: options.peerVersion,
      unit: 'commits of one/s',
      better: 'higher',
      target: null,
      config,
    }),
  ]
}

function limitRow(
  name: string,
  ours: number | null,
  how: { readonly limit: number; readonly unit: string; readonly config: Row['config'] },
): Row {
  return rowOf({
    name: `ledger/${name}`,
    ours,
    peer: how.limit,
    peerName: 'limit that we set ourselves',
    peerVersion: '-',
    unit: how.unit,
    better: 'higher',
    target: 1,
    config: how.config,
  })
}

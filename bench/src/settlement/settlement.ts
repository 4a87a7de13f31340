import { fork } from 'node:child_process'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, type RowInput, rowOf } from '../row.js'
import { medianOf, significant } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { measureHashRequest } from './hash-request.js'
import type { LogReport } from './log-child.js'

/** The peer takes about two minutes and 2 GB for a million leaves: it gets fewer, which is cheaper per leaf, not dearer. */
const leaves = { ours: 1_000_000, peer: 50_000 } as const
const rounds = 2
const limits = { proofUs: 20, hashRequestUs: 150 } as const

/** A log of a million receipts, its proofs, and the hash of a request. */
export const settlement: Benchmark = {
  name: 'settlement',
  summary: 'a Merkle log of a million leaves against @openzeppelin/merkle-tree; hashing a 10 kB request',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  context.say('hashing requests …')
  const hashed = await measureHashRequest()
  const reports: Record<SideName, LogReport[]> = { ours: [], peer: [] }
  await takeTurns(
    rounds,
    async (side) => {
      context.say(`${side}: building a tree of ${leaves[side]} leaves …`)
      reports[side].push(await buildTree(side, context.signal))
    },
    context.signal,
  )
  const medianBy = (side: SideName, of: (report: LogReport) => number): number | null => medianOf(reports[side].map(of))
  const compare = (
    name: string,
    of: (report: LogReport, side: SideName) => number,
    how: Pick<RowInput, 'unit' | 'better' | 'target'>,
  ): Row =>
    rowOf({
      name: `settlement/${name}`,
      ours: medianBy('ours', (report) => of(report, 'ours')),
      peer: medianBy('peer', (report) => of(report, 'peer')),
      peerName: '@openzeppelin/merkle-tree Simple',
      peerVersion: packageVersion('@openzeppelin/merkle-tree'),
      ...how,
      config: {
        ...context.machine,
        leavesOurs: leaves.ours,
        leavesPeer: leaves.peer,
        rounds,
        time: 'CPU',
        peakProcessMBOurs: megabytes(medianBy('ours', ({ peakProcessBytes }) => peakProcessBytes)),
        peakProcessMBPeer: megabytes(medianBy('peer', ({ peakProcessBytes }) => peakProcessBytes)),
        webAssembly: reports.ours.every(({ isWebAssembly }) => isWebAssembly),
      },
    })
  const limit = (name: string, input: Pick<RowInput, 'ours' | 'peer' | 'config'>): Row =>
    rowOf({
      name: `settlement/${name}`,
      peerName: 'limit that we set ourselves',
      peerVersion: '-',
      unit: 'µs',
      better: 'lower',
      target: 1,
      ...input,
      config: { ...context.machine, ...input.config },
    })
  return [
    compare('log-build', ({ buildMs }, side) => leaves[side] / (buildMs / 1000), {
      unit: 'leaves/CPU-s',
      better: 'higher',
      target: 30,
    }),
    compare('log-peak', ({ peakBytes }, side) => peakBytes / leaves[side], {
      unit: 'bytes/leaf',
      better: 'lower',
      target: 8,
    }),
    compare('log-held', ({ heldBytes }, side) => heldBytes / leaves[side], {
      unit: 'bytes/leaf',
      better: 'lower',
      target: null,
    }),
    compare('log-proof', ({ proofUs }) => proofUs, { unit: 'µs', better: 'lower', target: null }),
    limit('log-proof-limit', {
      ours: medianBy('ours', ({ proofUs }) => proofUs),
      peer: limits.proofUs,
      config: { leavesOurs: leaves.ours },
    }),
    compare('log-verify', ({ verifyUs }) => verifyUs, { unit: 'µs', better: 'lower', target: 2 }),
    limit('hash-request-limit', {
      ours: hashed.fastUs,
      peer: limits.hashRequestUs,
      config: {
        canonicalBytes: hashed.bytes,
        withoutWebAssemblyUs: hashed.portableUs === null ? null : significant(hashed.portableUs),
      },
    }),
  ]
}

function megabytes(bytes: number | null): number | null {
  return bytes === null ? null : significant(bytes / 1_000_000)
}

/** Both sides run the same file, each time in a new process. */
function buildTree(side: SideName, signal: AbortSignal): Promise<LogReport> {
  const child = fork(new URL('./log-child.ts', import.meta.url), [side, String(leaves[side])], {
    execArgv: [...process.execArgv, '--expose-gc', '--max-old-space-size=4096'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  signal.addEventListener('abort', kill, { once: true })
  return new Promise<LogReport>((resolve, reject) => {
    child.once('message', (message) => resolve(message as LogReport))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the process that builds a tree ended with ${code}`)))
  }).finally(() => {
    process.off('exit', kill)
    signal.removeEventListener('abort', kill)
  })
}

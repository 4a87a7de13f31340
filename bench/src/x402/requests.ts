import { createFastSigner } from '@og/x402/node'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf, significant } from '../statistics.js'
import { fireRaw } from './fire-raw.js'
import { checkAnswer } from './load.js'
import { presign } from './presign.js'
import { createServerStarter, type ServerProcess } from './servers.js'
import { answerText } from './terms.js'

const counts = { concurrency: 16, warmUp: 10_000, rounds: 5, paymentsPerRound: 1_000, payers: 64 } as const

/** Who is measured: each side with the facilitator in its own process, and over HTTP. */
const contestants = ['ours', 'ours-http', 'peer-http', 'peer'] as const
type Contestant = (typeof contestants)[number]

/** What came of one contestant. */
interface Result {
  readonly rates: number[]
  readonly freeRates: number[]
  cpuMs: number
}

/** Paid requests per second of each contestant, in turns, by payments that were signed before. */
export async function measureRequests(context: BenchmarkContext): Promise<readonly Row[]> {
  const starter = createServerStarter()
  try {
    const payTo = privateKeyToAccount(generatePrivateKey()).address
    const facilitatorUrl = await starter.instantFacilitator()
    const ours = await starter.ours({ payTo })
    const servers: Record<Contestant, ServerProcess> = {
      ours,
      'ours-http': await starter.ours({ payTo, facilitatorUrl }),
      'peer-http': await starter.peer({ payTo, facilitatorUrl }),
      peer: await starter.peer({ payTo }),
    }
    const results = await measure(context, servers)
    return rowsOf(results, { ...context.machine, ...counts, tools: ours.tools })
  } finally {
    await starter.stop()
  }
}

async function measure(
  context: BenchmarkContext,
  servers: Readonly<Record<Contestant, ServerProcess>>,
): Promise<Readonly<Record<Contestant, Result>>> {
  const count = counts.warmUp + counts.rounds * counts.paymentsPerRound
  context.say(`signing ${count} payments …`)
  const signers = Array.from({ length: counts.payers }, () => createFastSigner({ privateKey: generatePrivateKey() }))
  // Every server keeps its own reservations, so each may be paid with all of them once.
  const payments = await presign(`${servers.ours.url}/paid`, signers, count)
  const round = async (contestant: Contestant, headers: readonly string[]): Promise<number> => {
    const url = `${servers[contestant].url}/paid`
    const shots = headers.map((payment) => ({ url, payment }))
    const { elapsedMs, answers } = await fireRaw(shots, counts.concurrency)
    if (answers.length !== headers.length) throw new Error(`${contestant}: answers are missing`)
    for (const answer of answers) checkAnswer(answer, { text: answerText, settlement: 'success' })
    return (answers.length / elapsedMs) * 1000
  }
  const free = async (contestant: Contestant): Promise<number> => {
    const url = `${servers[contestant].url}/free`
    const shots = Array.from({ length: counts.paymentsPerRound }, () => ({ url }))
    const { elapsedMs, answers } = await fireRaw(shots, counts.concurrency)
    return (answers.length / elapsedMs) * 1000
  }
  context.say('paid requests …')
  const results = Object.fromEntries(
    contestants.map((contestant) => [contestant, { rates: [], freeRates: [], cpuMs: 0 }]),
  ) as unknown as Record<Contestant, Result>
  for (const contestant of contestants) await round(contestant, payments.slice(0, counts.warmUp))
  for (let index = 0; index < counts.rounds; index++) {
    const start = counts.warmUp + index * counts.paymentsPerRound
    const headers = payments.slice(start, start + counts.paymentsPerRound)
    for (const contestant of index % 2 === 0 ? contestants : [...contestants].reverse()) {
      context.signal.throwIfAborted()
      const result = results[contestant]
      const before = (await servers[contestant].report()).cpuMs
      result.rates.push(await round(contestant, headers))
      result.cpuMs += (await servers[contestant].report()).cpuMs - before
      result.freeRates.push(await free(contestant))
    }
  }
  return results
}

function rowsOf(results: Readonly<Record<Contestant, Result>>, config: Row['config']): readonly Row[] {
  const cpuMs = (contestant: Contestant): number =>
    significant(results[contestant].cpuMs / (counts.rounds * counts.paymentsPerRound), 3)
  const row = (
    name: string,
    sides: { ours: Contestant; peer: Contestant; peerIs: string; target: number | null },
  ): Row =>
    rowOf({
      name: `x402-paywall/${name}`,
      ours: medianOf(results[sides.ours].rates),
      peer: medianOf(results[sides.peer].rates),
      peerName: sides.peerIs,
      peerVersion: packageVersion('@x402/express'),
      unit: 'paid requests/s',
      better: 'higher',
      target: sides.target,
      config: {
        ...config,
        serverCpuMsPerRequest: { ours: cpuMs(sides.ours), peer: cpuMs(sides.peer) },
        answersPerSecondWithoutPayment: {
          ours: Math.round(medianOf(results[sides.ours].freeRates) ?? 0),
          peer: Math.round(medianOf(results[sides.peer].freeRates) ?? 0),
        },
      },
    })
  const overHttp = '@x402/express, instant facilitator over HTTP'
  return [
    row('requests', { ours: 'ours', peer: 'peer-http', peerIs: overHttp, target: 8 }),
    row('requests-settled-over-http', { ours: 'ours-http', peer: 'peer-http', peerIs: overHttp, target: null }),
    row('requests-in-process', {
      ours: 'ours',
      peer: 'peer',
      peerIs: '@x402/express, instant facilitator in its process',
      target: null,
    }),
  ]
}

import type { RowConfig } from '../row.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { type Attempts, createAttempts } from './attempts.js'
import type { PaidCall, Side } from './side.js'

/** Both stacks, ready to be called. */
export interface Sides {
  readonly ours: Side
  readonly peer: Side
}

/** What every phase is given. */
export interface PhaseOptions {
  readonly rounds: number
  readonly signal: AbortSignal
}

/** Samples of both sides from one phase. */
export interface Samples {
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  /** Calls and failures. */
  readonly config: RowConfig
}

/** Calls one after the other; a sample is the time of a call. Before the turn passes on, nothing is under way any more. */
export function measureCalls(
  sides: Sides,
  options: PhaseOptions & {
    readonly callsPerRound: number
    readonly stream: boolean
    readonly sampleOf: (call: PaidCall) => number
  },
): Promise<Samples> {
  return collect(options, async (side, keep, attempts) => {
    for (let index = 0; index < options.callsPerRound; index++) {
      const call = await attempts.run(side, () => sides[side].call({ stream: options.stream }))
      if (call !== undefined) keep(options.sampleOf(call))
    }
    await sides[side].drain()
  })
}

/** Calls one after the other, each until its payment stands on the chain. */
export function measureSettlement(
  sides: Sides,
  options: PhaseOptions & { readonly callsPerRound: number },
): Promise<Samples> {
  return collect(options, async (side, keep, attempts) => {
    for (let index = 0; index < options.callsPerRound; index++) {
      const totalMs = await attempts.run(side, () => sides[side].callUntilSettled())
      if (totalMs !== undefined) keep(totalMs)
    }
    await sides[side].drain()
  })
}

/** Callers at the same time, each one call after the other; a sample is one round's answered calls per second. */
export async function measureThroughput(
  sides: Sides,
  options: PhaseOptions & { readonly callers: number; readonly callsPerCaller: number },
): Promise<{ readonly answered: Samples; readonly settled: Samples; readonly clientCpu: Samples }> {
  const settled: Record<SideName, number[]> = { ours: [], peer: [] }
  const cpuMs: Record<SideName, number[]> = { ours: [], peer: [] }
  const answered = await collect(options, async (side, keep, attempts) => {
    let succeeded = 0
    const cpuBefore = process.cpuUsage()
    const started = performance.now()
    const caller = async (): Promise<void> => {
      for (let index = 0; index < options.callsPerCaller; index++) {
        const call = await attempts.run(side, () => sides[side].call({ stream: false }))
        if (call !== undefined) succeeded += 1
      }
    }
    await Promise.all(Array.from({ length: options.callers }, caller))
    keep((succeeded / (performance.now() - started)) * 1000)
    // The callers' own process only: signing, and on our side checking what came back.
    const { user, system } = process.cpuUsage(cpuBefore)
    cpuMs[side].push((user + system) / 1000 / succeeded)
    await sides[side].drain()
    settled[side].push((succeeded / (performance.now() - started)) * 1000)
  })
  const { config } = answered
  return { answered, settled: { ...settled, config }, clientCpu: { ...cpuMs, config } }
}

async function collect(
  { rounds, signal }: PhaseOptions,
  turn: (side: SideName, keep: (sample: number) => void, attempts: Attempts) => Promise<void>,
): Promise<Samples> {
  const attempts = createAttempts(signal)
  const samples: Record<SideName, number[]> = { ours: [], peer: [] }
  await takeTurns(rounds, (side) => turn(side, (sample) => samples[side].push(sample), attempts), signal)
  return { ...samples, config: attempts.config() }
}

import { performance } from 'node:perf_hooks'
import { medianOf } from '../statistics.js'

/** One thing that is durable when it resolves. */
export interface ReservationSide {
  readonly name: string
  /** `index` differs at each call. */
  readonly once: (index: number) => Promise<void>
}

/** What so many clients got done, each one after the other. */
export interface ReservationReport {
  readonly perSecond: number
  readonly p50Ms: number
  /** Processor time of this process for each, the clients' included. */
  readonly cpuMsEach: number
}

let next = 0

/** Lets the clients work for a while; only what was durable within it counts. */
export async function measureReservations(
  side: ReservationSide,
  options: { readonly clients: number; readonly durationMs: number },
): Promise<ReservationReport> {
  const latencies: number[] = []
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const end = started + options.durationMs
  await Promise.all(
    Array.from({ length: options.clients }, async () => {
      for (let before = performance.now(); before < end; before = performance.now()) {
        next += 1
        await side.once(next)
        const after = performance.now()
        if (after < end) latencies.push(after - before)
      }
    }),
  )
  const cpu = process.cpuUsage(cpuBefore)
  return {
    perSecond: latencies.length / (options.durationMs / 1000),
    p50Ms: medianOf(latencies) ?? Number.NaN,
    cpuMsEach: (cpu.user + cpu.system) / 1000 / latencies.length,
  }
}

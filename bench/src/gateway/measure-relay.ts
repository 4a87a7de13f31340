import type { BenchmarkContext } from '../benchmark.js'
import { medianOf } from '../statistics.js'
import { gatewayConfiguration } from './configuration.js'
import { encodePost } from './fire-posts.js'
import { startPortkey } from './portkey.js'
import { bodyOf, checked, type Setup, totalsOf, urlOf } from './setup.js'

/** How many unpaid calls. */
export const relayCounts = { warmUp: 2000, calls: 3000, rounds: 5, single: 100, concurrency: 64 } as const

/** What the way through the gateway takes without payment, ledger and receipt. */
export interface RelayMeasurement {
  /** One call after the other: milliseconds at the median above the provider's own. */
  readonly added: { readonly ours: number; readonly pipe: number }
  /** Calls per second; `portkey` is `null` where it could not be had. */
  readonly rate: { readonly ours: number; readonly portkey: number | null }
}

/** Measures the unpaid way against a bare pipe and against Portkey's gateway. */
export async function measureRelay(
  context: BenchmarkContext,
  { setup, pipe }: { readonly setup: Setup; readonly pipe: string },
): Promise<RelayMeasurement> {
  const { warmUp, calls, rounds, single, concurrency } = relayCounts
  const configuration = gatewayConfiguration({ world: setup.world, ledgerPath: 'none' })
  const relay = urlOf(await setup.start('relay-child', configuration))
  const portkey = await startPortkey(setup.world, context.say)
  try {
    const body = bodyOf('hello there, how are you today?')
    const many = (count: number, headers: Readonly<Record<string, string>> = {}): Buffer[] =>
      Array.from({ length: count }, () => encodePost({ body, headers }))
    for (const url of [relay, pipe, setup.world]) await checked(url, many(warmUp), concurrency)
    const times: Record<'direct' | 'pipe' | 'ours', number[]> = { direct: [], pipe: [], ours: [] }
    for (let round = 0; round < rounds; round += 1) {
      times.direct.push(...totalsOf(await checked(setup.world, many(single), 1)))
      times.pipe.push(...totalsOf(await checked(pipe, many(single), 1)))
      times.ours.push(...totalsOf(await checked(relay, many(single), 1)))
    }
    const median = (values: readonly number[]): number => medianOf(values) ?? Number.NaN
    const direct = median(times.direct)
    const added = { ours: median(times.ours) - direct, pipe: median(times.pipe) - direct }
    const ours = (await checked(relay, many(calls), concurrency)).perSecond
    let theirs: number | null = null
    if (portkey !== undefined) {
      await checked(portkey.url, many(warmUp, portkey.headers), concurrency)
      theirs = (await checked(portkey.url, many(calls, portkey.headers), concurrency)).perSecond
    }
    context.say(
      `unpaid: +${added.ours.toFixed(2)} ms, pipe +${added.pipe.toFixed(2)} ms; ours ${ours.toFixed(0)}/s, Portkey ${theirs?.toFixed(0) ?? '–'}/s`,
    )
    return { added, rate: { ours, portkey: theirs } }
  } finally {
    portkey?.stop()
  }
}

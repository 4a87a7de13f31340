import type { BenchmarkContext } from '../benchmark.js'
import { medianOf } from '../statistics.js'
import { encodePost } from './fire-posts.js'
import { presign } from './presign.js'
import { bodyOf, checked, type MeasuredNode, type Setup, usageOf } from './setup.js'

/** How many streams of each kind, and how long they are. */
export const streamCounts = {
  single: 100,
  events: 20_000,
  warmUp: 3,
  rounds: 4,
  slow: 1000,
  slowEvents: 8,
  slowPauseMs: 1000,
} as const

/** What streamed answers take. */
export interface StreamMeasurement {
  /** From the call to the first event, less what the provider takes; milliseconds at the median. */
  readonly first: { readonly ours: number; readonly pipe: number }
  /** Events for each second of processor time, and for each second of the clock. */
  readonly single: EventRate
  readonly batched: EventRate
}

interface EventRate {
  readonly perCpuSecond: number
  readonly perSecond: number
}

/** Measures paid streams. */
export async function measureStreams(
  context: BenchmarkContext,
  { setup, node, pipe }: { readonly setup: Setup; readonly node: MeasuredNode; readonly pipe: string },
): Promise<StreamMeasurement> {
  const short = bodyOf('hello there', { stream: true })
  const payments = await presign(node.url, short, streamCounts.single)
  const unpaid = Array.from({ length: streamCounts.single }, () => encodePost({ body: short }))
  const firstOf = async (url: string, requests: readonly Buffer[]): Promise<number> =>
    medianOf((await checked(url, requests, 1)).answers.map(({ firstEventMs }) => firstEventMs)) ?? Number.NaN
  const direct = await firstOf(setup.world, unpaid)
  const first = { ours: (await firstOf(node.url, payments)) - direct, pipe: (await firstOf(pipe, unpaid)) - direct }
  const batched = await eventRate(node, `[events=${streamCounts.events}]`)
  const single = await eventRate(node, `[events=${streamCounts.events}] [single]`)
  context.say(
    `streams: first token +${first.ours.toFixed(2)} ms, events per core ${single.perCpuSecond.toFixed(0)}/s one a chunk, ${batched.perCpuSecond.toFixed(0)}/s batched`,
  )
  return { first, single, batched }
}

async function eventRate(node: MeasuredNode, prompt: string): Promise<EventRate> {
  const { warmUp, rounds, events } = streamCounts
  const requests = await presign(node.url, bodyOf(prompt, { stream: true, max_tokens: 16_384 }), warmUp + rounds)
  await checked(node.url, requests.splice(0, warmUp), 1)
  const before = await usageOf(node)
  const { elapsedMs } = await checked(node.url, requests, 1)
  const cpuMs = (await usageOf(node)).cpuMs - before.cpuMs
  return { perCpuSecond: (rounds * events * 1000) / cpuMs, perSecond: (rounds * events * 1000) / elapsedMs }
}

/** The most memory that a gateway, started for this alone, takes while it serves slow streams all at once; in bytes. */
export async function measureSlowStreams(context: BenchmarkContext, setup: Setup): Promise<number> {
  const { slow, slowEvents, slowPauseMs } = streamCounts
  const node = await setup.startNode()
  const prompt = `[events=${slowEvents}] [pause=${slowPauseMs}]`
  const requests = await presign(node.url, bodyOf(prompt, { stream: true }), slow)
  let most = 0
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, (await usageOf(node)).rssBytes)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  })()
  try {
    await checked(node.url, requests, slow)
  } finally {
    isOver = true
    await watching
  }
  await node.child.stop()
  context.say(`${slow} slow streams at once: ${(most / 2 ** 20).toFixed(0)} MiB`)
  return most
}

import type { BenchmarkContext } from '../benchmark.js'
import { medianOf } from '../statistics.js'
import { encodePost } from './fire-posts.js'
import { presign } from './presign.js'
import { bodyOf, checked, cpuOf, type MeasuredNode, type Setup, totalsOf, urlOf } from './setup.js'

/** How many calls of each kind. */
export const paidCounts = { warmUp: 3000, paid: 3000, sampled: 500, concurrency: 64, single: 150 } as const

/** What paid calls take. */
export interface PaidMeasurement {
  readonly ours: number
  readonly peer: number
  /** The steps that no paid call can do without, alone. */
  readonly bare: { readonly perSecond: number; readonly cpuMsPerCall: number }
  readonly cpuMsPerCall: number
  /** What the same calls take of the machine besides: provider and facilitator, and whoever makes the calls. */
  readonly cpuMsBesides: { readonly world: number; readonly load: number }
  readonly stepMsPerCall: string
  /** One call after the other: what stands between client and provider, in milliseconds at the median. */
  readonly added: { readonly ours: number; readonly pipe: number }
  /** Where those of ours go. */
  readonly addedSteps: string
}

const message = 'hello there, how are you today?'

/** Measures paid calls, whole answers, against the official middleware. */
export async function measurePaid(
  context: BenchmarkContext,
  { setup, node, pipe }: { readonly setup: Setup; readonly node: MeasuredNode; readonly pipe: string },
): Promise<PaidMeasurement> {
  const { warmUp, paid: count, sampled, concurrency, single } = paidCounts
  const official = urlOf(await setup.start('official-child', { upstream: setup.world }))
  const body = bodyOf(message)
  context.say('signing …')
  const ours = await presign(node.url, body, warmUp + count + sampled + 2 * single)
  // Its facilitator says yes to every payment, also to one that it has seen: a few are enough.
  const few = await presign(official, body, concurrency)
  const theirs = Array.from({ length: warmUp + count }, (_, index) => few[index % few.length] ?? Buffer.of())

  await checked(node.url, ours.splice(0, warmUp), concurrency)
  await checked(official, theirs.splice(0, warmUp), concurrency)
  const before = await cpuOf(node.child)
  const worldBefore = await setup.worldCpuMs()
  const loadBefore = process.cpuUsage()
  const paid = await checked(node.url, ours.splice(0, count), concurrency)
  const load = process.cpuUsage(loadBefore)
  const cpuMsPerCall = ((await cpuOf(node.child)).cpuMs - before.cpuMs) / count
  const cpuMsBesides = {
    world: ((await setup.worldCpuMs()) - worldBefore) / count,
    load: (load.user + load.system) / 1000 / count,
  }
  const peer = await checked(official, theirs.splice(0, count), concurrency)
  const bare = await measureBareSteps(setup, body)
  await node.child.ask('sample')
  await checked(node.url, ours.splice(0, sampled), concurrency)
  const stepMsPerCall = perCall(await stepsOf(node), sampled)

  const plain = Array.from({ length: single }, () => encodePost({ body }))
  const direct = medianOf(totalsOf(await checked(setup.world, plain, 1))) ?? Number.NaN
  const piped = medianOf(totalsOf(await checked(pipe, plain, 1))) ?? Number.NaN
  const alone = medianOf(totalsOf(await checked(node.url, ours.splice(0, single), 1))) ?? Number.NaN
  // Once more for the steps: being watched takes time.
  await node.child.ask('sample')
  await checked(node.url, ours, 1)
  const addedSteps = perCall(await stepsOf(node), single)
  const added = { ours: alone - direct, pipe: piped - direct }
  context.say(
    `paid: ours ${paid.perSecond.toFixed(0)}/s, express ${peer.perSecond.toFixed(0)}/s, ${cpuMsPerCall.toFixed(3)} ms CPU a call (${stepMsPerCall})`,
  )
  context.say(`bare steps: ${bare.perSecond.toFixed(0)}/s, ${bare.cpuMsPerCall.toFixed(3)} ms CPU a call`)
  context.say(`one at a time: +${added.ours.toFixed(2)} ms (${addedSteps})`)
  const rates = { ours: paid.perSecond, peer: peer.perSecond, bare }
  return { ...rates, cpuMsPerCall, cpuMsBesides, stepMsPerCall, added, addedSteps }
}

/** Measures the bare steps under the same load. */
async function measureBareSteps(setup: Setup, body: string): Promise<PaidMeasurement['bare']> {
  const { warmUp, paid: count, concurrency } = paidCounts
  const config = { upstream: setup.world, databasePath: setup.pathOf('bare-steps.db') }
  const child = await setup.start('bare-steps-child', config)
  const requests = Array.from({ length: warmUp + count }, () => encodePost({ body }))
  await checked(urlOf(child), requests.splice(0, warmUp), concurrency)
  const before = await cpuOf(child)
  const { perSecond } = await checked(urlOf(child), requests, concurrency)
  return { perSecond, cpuMsPerCall: ((await cpuOf(child)).cpuMs - before.cpuMs) / count }
}

async function stepsOf(node: MeasuredNode): Promise<Readonly<Record<string, number>>> {
  return (await node.child.ask('steps')) as Readonly<Record<string, number>>
}

/** Milliseconds of each step for one call, the dearest first. */
function perCall(times: Readonly<Record<string, number>>, calls: number): string {
  return Object.entries(times)
    .sort(([, left], [, right]) => right - left)
    .map(([step, ms]) => `${step} ${(ms / calls).toFixed(3)}`)
    .join(', ')
}

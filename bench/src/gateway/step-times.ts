import { Session } from 'node:inspector/promises'

/** Where the time of a process goes, by step. */
export interface StepTimes {
  readonly start: () => Promise<void>
  /** Milliseconds by step since `start`, waiting left out, and the profile that they are read from. */
  readonly stop: () => Promise<{ readonly times: Readonly<Record<string, number>>; readonly profile: object }>
}

/** Which step a file belongs to; the first that fits. */
const steps: readonly (readonly [name: string, file: RegExp])[] = [
  ['ledger', /packages\/ledger\/|\/libsql\//],
  ['chain reads', /\/viem\/|^node:internal\/deps\/undici/],
  ['provider and facilitator connections', /\/undici\//],
  ['provider protocol', /packages\/llm\//],
  ['signatures', /\/secp256k1\//],
  ['payment', /packages\/x402\//],
  ['receipt and commitments', /packages\/settlement\//],
  ['hashing', /@noble\/|hash-wasm|^wasm:/],
  ['gateway', /apps\/gateway\//],
  ['node http', /^node:_http_/],
  ['node sockets and streams', /^node:(?:net|stream|internal\/streams|internal\/stream_base)/],
  ['node messages between threads', /^node:internal\/(?:worker|per_context)/],
  ['node crypto', /^node:(?:crypto|internal\/crypto)/],
  ['node signals and timers', /^node:internal\/(?:abort_controller|event_target|timers)/],
  ['node', /^node:/],
]

/** Measures by samples of what runs; native code counts for whoever called it. */
export async function createStepTimes(): Promise<StepTimes> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  return {
    start: () => session.post('Profiler.start'),
    stop: async () => {
      const { profile } = await session.post('Profiler.stop')
      const stepOf = new Map<number, string>()
      const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
      const name = (id: number, inherited: string): void => {
        const node = nodes.get(id)
        if (node === undefined) return
        const { functionName, url } = node.callFrame
        const own = steps.find(([, file]) => file.test(url))?.[0]
        const step = functionName === '(garbage collector)' ? 'garbage collection' : (own ?? inherited)
        stepOf.set(id, functionName === '(idle)' ? 'idle' : step)
        for (const child of node.children ?? []) name(child, step)
      }
      const [root] = profile.nodes
      if (root !== undefined) name(root.id, 'node')
      const times: Record<string, number> = {}
      for (const [index, id] of (profile.samples ?? []).entries()) {
        const step = stepOf.get(id) ?? 'node'
        if (step !== 'idle') times[step] = (times[step] ?? 0) + (profile.timeDeltas?.[index] ?? 0) / 1000
      }
      return { times, profile }
    },
  }
}

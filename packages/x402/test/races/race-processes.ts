import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RaceReport } from './paywall-process.js'

/** What a client was answered. */
export interface RaceAnswer {
  readonly status: number
  readonly code?: string
}

/** A process that speaks in JSON lines. */
interface Child {
  readonly process: ChildProcess
  tell(message: unknown): void
  /** The next line that it says. */
  hear(): Promise<unknown>
}

/** Client processes, and one paywall process. */
export interface RaceTrack {
  /** Sends each payment in a request of its own, all of them at the same moment. */
  race(route: string, payments: readonly string[]): Promise<readonly RaceAnswer[]>
  report(route: string): Promise<RaceReport>
  close(): Promise<void>
}

function spawnChild(
  program: string,
  options: { readonly flags?: readonly string[]; readonly parameters?: unknown },
): Child {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, [...(options.flags ?? []), file, JSON.stringify(options.parameters ?? null)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    tell: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    hear: async () => {
      const { done, value } = await lines.next()
      if (done === true) throw new Error(`${program} ended`)
      return JSON.parse(value)
    },
  }
}

/** Starts the processes; the paywall's are the parameters of `paywall-process.ts`. */
export async function startRaceTrack(clients: number, parameters: object): Promise<RaceTrack> {
  const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
  const flags = ['--conditions=@og/source', '--import', loader]
  const paywall = spawnChild('paywall-process.ts', { flags, parameters })
  const racers = Array.from({ length: clients }, () => spawnChild('client-process.mjs', {}))
  const { port } = (await paywall.hear()) as { readonly port: number }
  async function report(path: string): Promise<RaceReport> {
    const answer = await fetch(`http://127.0.0.1:${port}/report/${path}`)
    return (await answer.json()) as RaceReport
  }

  return {
    report,
    async race(path, payments) {
      const share = Math.ceil(payments.length / clients)
      for (const [index, racer] of racers.entries()) {
        racer.tell({ port, path, payments: payments.slice(index * share, (index + 1) * share) })
      }
      await Promise.all(racers.map((racer) => racer.hear()))
      // The paywall has all of them, verified as far as that goes without the last byte of the body.
      const giveUp = Date.now() + 15_000
      while ((await report(path)).present < payments.length) {
        if (Date.now() > giveUp) throw new Error('not all requests reached the paywall, or some were refused early')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      for (const racer of racers) racer.tell('go')
      const answers = await Promise.all(racers.map((racer) => racer.hear()))
      return (answers as RaceAnswer[][]).flat()
    },
    async close() {
      for (const { process: child } of [...racers, paywall]) {
        if (child.exitCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
    },
  }
}

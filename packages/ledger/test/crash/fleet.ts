import { type ChildProcess, spawn } from 'node:child_process'
import { bundleProgram } from '../programs/bundle-program.js'
import type { Failpoint } from './failpoint.js'
import type { ServiceParameters } from './service-main.js'

/** How a process ended, and what it said. */
export interface FleetEnd {
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
  readonly lines: readonly string[]
}

/** Processes of one crash test, with the tally of what became of them. */
export interface Fleet {
  /** Starts a process; `onLine` hears what it says. */
  start(parameters: Partial<ServiceParameters>, onLine?: (line: string, child: ChildProcess) => void): Promise<FleetEnd>
  /** `name attempt` of every grant that any process was told. */
  readonly grants: readonly string[]
  /** Deaths by SIGKILL that did happen. */
  kills(): number
  /** What happened at failpoints, `action step`. */
  readonly happened: readonly string[]
  /** Everything that processes wrote to stderr. */
  errors(): string
  /** Ends what still runs. */
  stop(): Promise<void>
}

/** Makes a fleet; the parameters are those that all its processes have in common. */
export function createFleet(common: Omit<ServiceParameters, 'roles' | 'names'>): Fleet {
  const grants: string[] = []
  const happened: string[] = []
  const running = new Set<{ readonly child: ChildProcess; readonly ended: Promise<FleetEnd> }>()
  let kills = 0
  let errors = ''

  function launch(
    file: string,
    parameters: Partial<ServiceParameters>,
    onLine?: (line: string, child: ChildProcess) => void,
  ) {
    const child = spawn(process.execPath, [file, JSON.stringify({ roles: [], names: [], ...common, ...parameters })], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const lines: string[] = []
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) {
        lines.push(line)
        if (line.startsWith('granted ')) grants.push(line.slice('granted '.length))
        if (/^(kill|throw|hang) /.test(line)) happened.push(line)
        onLine?.(line, child)
      }
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-20_000)
    })
    const ended = new Promise<FleetEnd>((resolve) => {
      child.once('close', (code, signal) => {
        if (signal === 'SIGKILL') kills += 1
        resolve({ code, signal, lines })
      })
    })
    return { child, ended }
  }

  return {
    grants,
    happened,
    kills: () => kills,
    errors: () => errors,
    start: async (parameters, onLine) => {
      const one = launch(bundleProgram(new URL('./service-main.ts', import.meta.url)), parameters, onLine)
      running.add(one)
      const end = await one.ended
      running.delete(one)
      return end
    },
    stop: async () => {
      const all = [...running]
      for (const { child } of all) child.kill('SIGKILL')
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

/** The steps that a process passes on its whole way, in the order in which it met them first. */
export function stepsOf(end: FleetEnd): readonly string[] {
  return (
    end.lines
      .find((line) => line.startsWith('steps '))
      ?.split(' ')
      .slice(1) ?? []
  )
}

/** One failpoint for every step. */
export function failpointsAt(steps: readonly string[], action: Failpoint['action'], count = 1): readonly Failpoint[] {
  return steps.map((step) => ({ step, count, action }))
}

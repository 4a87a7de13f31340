import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** A program of ours that runs as a process of its own. */
export interface ChildProgram {
  /** What it printed once ready. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly pid: number
  /** Ends it as an operator would, and waits. */
  readonly stop: () => Promise<void>
  /** Ends it as a crash would (SIGKILL), and waits. */
  readonly kill: () => Promise<void>
}

/** Options of {@link startProgram}. */
export interface StartProgramOptions {
  /** The workspace whose `main` is started, e.g. `@og/gateway`. */
  readonly name: string
  readonly configFile: string
  /** What follows the file on its command line. */
  readonly flags?: readonly string[]
  /** Receives its log lines. */
  readonly onLog: (line: string) => void
  readonly timeoutMs?: number
}

/** What operators' machines give a program to end in. */
const stopTimeoutMs = 30_000

/** How a program is started: as this one was, or from its build where `OG_PROGRAMS=built` says that there is one of these sources. */
function commandOf(name: string): readonly string[] {
  const index = new URL(import.meta.resolve(name)).pathname
  const built = join(dirname(dirname(index)), 'dist', 'main.js')
  if (process.env['OG_PROGRAMS'] === 'built' && existsSync(built)) return [built]
  return [...process.execArgv, index.replace(/index\.(ts|js)$/, 'main.$1')]
}

/** Starts a program and resolves when it has printed its `ready` line. It ends when this process ends, however that happens. */
export async function startProgram(options: StartProgramOptions): Promise<ChildProgram> {
  const child = spawn(process.execPath, [...commandOf(options.name), options.configFile, ...(options.flags ?? [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its standard input is this process's word that it is still there.
    env: { ...process.env, OG_EXIT_WITH_STDIN: '1' },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const killNow = (): void => void child.kill('SIGKILL')
  process.once('exit', killNow)
  void exited.then(() => process.off('exit', killNow))
  const lastLines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line)
    if (lastLines.length > 20) lastLines.shift()
    options.onLog(line)
  })
  try {
    const ready = await readyLineOf(child, { exited, timeoutMs: options.timeoutMs ?? 60_000 })
    return {
      ready,
      pid: child.pid ?? 0,
      stop: async () => {
        child.kill('SIGTERM')
        const timer = setTimeout(killNow, stopTimeoutMs)
        await exited
        clearTimeout(timer)
      },
      kill: async () => {
        killNow()
        await exited
      },
    }
  } catch (cause) {
    killNow()
    throw new Error(`${options.name} did not start: ${lastLines.join(' | ').slice(-1000) || 'no output'}`, { cause })
  }
}

function readyLineOf(
  child: ChildProcess,
  { exited, timeoutMs }: { readonly exited: Promise<void>; readonly timeoutMs: number },
): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = child
  if (stdout === null) return Promise.reject(new Error('no standard output'))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${timeoutMs} ms`)), timeoutMs)
    void exited.then(() => reject(new Error('ended before it was ready')))
    createInterface({ input: stdout }).on('line', (line) => {
      clearTimeout(timer)
      try {
        resolve(JSON.parse(line))
      } catch {
        reject(new Error('printed something else than its ready line'))
      }
    })
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of this workspace that runs. */
export interface RunningProgram {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  readonly errors: () => string
  /** The next line on stdout. */
  readonly nextLine: () => Promise<string>
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | string>
}

/** How `npm run` starts it. */
const fromSources = (name: string): readonly string[] => [
  ...['--conditions=@og/source', '--import', 'tsx'],
  fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url)),
]

/** From its build where `OG_PROGRAMS=built` says that there is one of these sources: that starts in a fifth of the time. */
function fromBuild(name: string): readonly string[] {
  const built = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))
  return process.env['OG_PROGRAMS'] === 'built' && existsSync(built) ? [built] : fromSources(name)
}

/** Starts the program `name`; its stdin stays closed and its standard output is split into lines. */
export function runProgram(
  name: string,
  args: readonly string[] = [],
  options: { readonly from?: 'sources'; readonly environment?: Readonly<Record<string, string>> } = {},
): RunningProgram {
  const command = options.from === 'sources' ? fromSources(name) : fromBuild(name)
  const child = spawn(process.execPath, [...command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
  })
  const lines: string[] = []
  const waiting: ((line: string) => void)[] = []
  let read = 0
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-20_000)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (waiting.length > 0) {
      read += 1
      waiting.shift()?.(line)
    }
  })
  // What a failed test left running must not outlive the test runner.
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  const exit = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)),
  )
  void exit.then(() => process.off('exit', end))
  return {
    child,
    lines,
    errors: () => errors,
    exit,
    nextLine: () => {
      const known = lines[read]
      if (known !== undefined) {
        read += 1
        return Promise.resolve(known)
      }
      return Promise.race([
        new Promise<string>((resolve) => waiting.push(resolve)),
        exit.then((code) => Promise.reject(new Error(`ended with ${code}: ${errors}`))),
      ])
    },
  }
}

/** Whether a process is still there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

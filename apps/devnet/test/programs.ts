import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of this workspace, run from its sources as `npm run` does it. */
export interface RunningProgram {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  readonly errors: () => string
  /** The next line on stdout. */
  readonly nextLine: () => Promise<string>
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | string>
}

/** Starts `src/<name>`; its stdin stays closed and its standard output is split into lines. */
export function runProgram(
  name: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): RunningProgram {
  const file = fileURLToPath(new URL(`../src/${name}`, import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@og/source', '--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
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

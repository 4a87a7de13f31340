import { type ChildProcess, spawn } from 'node:child_process'
import { bundleProgram } from './bundle-program.js'

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lines: readonly string[]
  readonly errors: string
}

/** A running program of this folder. */
export interface Program {
  readonly child: ChildProcess
  readonly ended: Promise<ProgramEnd>
  /** Resolves when the program has printed the line. */
  said(line: string): Promise<void>
}

/** Runs a TypeScript program, made of sources, in a process of its own. */
export function spawnProgram(
  program: URL,
  parameters: Readonly<Record<string, unknown>>,
  /** The size above which no file may grow for it: a disk that is full. */
  limits: { readonly fileKilobytes?: number } = {},
): Program {
  const command = [process.execPath, bundleProgram(program), JSON.stringify(parameters)]
  const [file = '', ...args] =
    limits.fileKilobytes === undefined
      ? command
      : ['/bin/bash', '-c', `ulimit -S -f ${limits.fileKilobytes}; exec "$0" "$@"`, ...command]
  const stdin = limits.fileKilobytes === undefined ? 'ignore' : 'pipe'
  const child = spawn(file, args, { stdio: [stdin, 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting = new Map<string, () => void>()
  let errors = ''
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      lines.push(line)
      waiting.get(line)?.()
    }
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, lines, errors }))
  })
  return {
    child,
    ended,
    said: (line) =>
      lines.includes(line)
        ? Promise.resolve()
        : Promise.race([
            new Promise<void>((resolve) => {
              waiting.set(line, resolve)
            }),
            ended.then((end) => {
              throw new Error(`the program ended before it said "${line}": ${end.errors}`)
            }),
          ]),
  }
}

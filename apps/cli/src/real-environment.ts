import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface, type Interface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { CliEnvironment } from './environment.js'

/** The world as a process finds it. */
export function realEnvironment(interrupted: Promise<void>): CliEnvironment {
  const isInteractive = process.stdin.isTTY === true && process.stderr.isTTY === true
  let lines: AsyncIterator<string> | undefined
  let prompt: Interface | undefined
  return {
    env: process.env,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isInteractive,
    async ask(question) {
      prompt ??= createInterface({ input: process.stdin, output: process.stderr, terminal: isInteractive })
      if (isInteractive) {
        prompt.setPrompt(question)
        prompt.prompt()
      }
      lines ??= prompt[Symbol.asyncIterator]()
      const next = await lines.next()
      return next.done === true ? undefined : next.value
    },
    async askSecret(question) {
      const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
      if (isInteractive) process.stderr.write(question)
      const reader = createInterface({ input: process.stdin, output: silent, terminal: isInteractive })
      try {
        const { value } = await reader[Symbol.asyncIterator]().next()
        return typeof value === 'string' ? value : ''
      } finally {
        reader.close()
        if (isInteractive) process.stderr.write('\n')
      }
    },
    readFile: (path) => readFile(path, 'utf8'),
    readBytes: (path) => readFile(path),
    listFolder: (path) => readdir(path).catch(() => []),
    async writeFile(path, text, options) {
      const isSecret = options?.isSecret === true
      await mkdir(dirname(path), { recursive: true, ...(isSecret ? { mode: 0o700 } : {}) })
      await writeFile(path, text, isSecret ? { mode: 0o600 } : {})
    },
    removeFile: (path) => rm(path, { force: true }),
    fetch: (url, init) => fetch(url, init),
    now: () => BigInt(Math.floor(Date.now() / 1000)),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    interrupted,
  }
}

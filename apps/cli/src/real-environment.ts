import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface, type Interface } from 'node:readline/promises'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { createSpinner } from './terminal/spinner.js'

/** The world as a process finds it. */
export function realEnvironment(interrupted: Promise<void>): CliEnvironment {
  const isOutTerminal = process.stdout.isTTY === true
  const isErrTerminal = process.stderr.isTTY === true
  const isInteractive = process.stdin.isTTY === true && isErrTerminal
  const spin = isErrTerminal ? createSpinner(process.stderr) : () => undefined
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    spin(undefined)
    stream.write(text)
  }
  let lines: AsyncIterator<string> | undefined
  let prompt: Interface | undefined

  /** One reader for all questions: a second one would lose what the first has read ahead. */
  async function nextLine(question: string): Promise<string | undefined> {
    spin(undefined)
    prompt ??= createInterface({ input: process.stdin, output: process.stderr, terminal: isInteractive })
    if (isInteractive) {
      prompt.setPrompt(question)
      prompt.prompt()
    }
    lines ??= prompt[Symbol.asyncIterator]()
    const next = await lines.next()
    return next.done === true ? undefined : next.value
  }

  return {
    env: process.env,
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    isOutTerminal,
    isErrTerminal,
    isInteractive,
    status: spin,
    ask: nextLine,
    async askSecret(question) {
      if (!isInteractive) return (await nextLine(question)) ?? ''
      const { isCancel, password } = await import('@clack/prompts')
      spin(undefined)
      const secret = await password({ message: question, output: process.stderr })
      if (isCancel(secret)) throw new UsageError('nothing was entered')
      return secret ?? ''
    },
    async choose(question, choices) {
      const { isCancel, select } = await import('@clack/prompts')
      spin(undefined)
      const options = choices.map((value) => ({ value, label: value }))
      const choice = await select({ message: question, options, output: process.stderr })
      if (isCancel(choice)) throw new UsageError('nothing was chosen')
      return choice
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

import { fork } from 'node:child_process'

/** A part of the benchmark that runs as a process of its own, so that it competes for the machine as it would in operation. */
export interface BenchChild {
  /** What it answered when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly ask: (question: string) => Promise<unknown>
  readonly stop: () => Promise<void>
}

const startTimeoutMs = 30_000
const stopTimeoutMs = 5_000

/**
 * Starts a module of ours with `config` as its first message and resolves with its first answer. A built module runs without the
 * loader that this process has for sources, and with the flags of Node that are given.
 */
export async function startChild(
  module: URL,
  config: unknown,
  options: { readonly isBuilt?: boolean; readonly flags?: readonly string[] } = {},
): Promise<BenchChild> {
  const child = fork(module, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
    ...(options.isBuilt === true ? { execArgv: [...(options.flags ?? [])] } : {}),
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const killNow = (): void => void child.kill('SIGKILL')
  process.once('exit', killNow)
  void exited.then(() => process.off('exit', killNow))

  // One question at a time: answers come in the order of the questions.
  const answer = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${module.pathname} does not answer`)), startTimeoutMs)
      child.once('message', (message) => {
        clearTimeout(timer)
        resolve(message)
      })
      void exited.then(() => {
        clearTimeout(timer)
        reject(new Error(`${module.pathname} ended`))
      })
    })
  const ask = (question: unknown): Promise<unknown> => {
    const answered = answer()
    child.send(question as string)
    return answered
  }
  try {
    const ready = (await ask(config)) as Readonly<Record<string, unknown>>
    return {
      ready,
      ask,
      stop: async () => {
        // The other end leaves when nobody is there to talk to.
        if (child.connected) child.disconnect()
        const timer = setTimeout(killNow, stopTimeoutMs)
        await exited
        clearTimeout(timer)
      },
    }
  } catch (error) {
    killNow()
    throw error
  }
}

function fail(error: unknown, otherwise: string): never {
  process.stderr.write(`${error instanceof Error ? error.message : otherwise}\n`)
  process.exit(1)
}

/** The other end of {@link startChild}: starts with the config, answers questions, ends with its parent. */
export function serveParent<Config>(
  start: (config: Config) => Promise<{
    readonly ready: Readonly<Record<string, unknown>>
    readonly answer?: (question: string) => unknown
  }>,
): void {
  process.once('disconnect', () => process.exit(0))
  // An interrupted terminal signals everybody; the parent decides when to end.
  process.on('SIGINT', () => undefined)
  process.once('message', (config: Config) => {
    start(config).then(
      ({ ready, answer }) => {
        process.on('message', (question: string) => {
          Promise.resolve(answer?.(question)).then(
            (told) => process.send?.(told ?? null),
            (error: unknown) => fail(error, 'has no answer'),
          )
        })
        process.send?.(ready)
      },
      (error: unknown) => fail(error, 'cannot start'),
    )
  })
}

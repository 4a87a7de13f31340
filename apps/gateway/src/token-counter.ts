import { Worker } from 'node:worker_threads'

/** Counts the tokens of texts, where a provider does not say. */
export interface TokenCounter {
  /** One count for each text. Never fails: what cannot be counted in time is estimated at four bytes a token. */
  readonly count: (texts: readonly string[]) => Promise<readonly number[]>
  readonly close: () => Promise<void>
}

interface Answer {
  readonly id: number
  readonly counts: readonly number[]
}

/**
 * The thread's program. It stands here as text because a thread has no loader for sources. A piece is never longer than 256 characters: the
 * tokenizer's time grows with the square of a run without spaces, and cutting costs at most one token a piece.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const ready = import(workerData)
const plain = { allowedSpecial: new Set(), disallowedSpecial: new Set() }
function endOf(text, from) {
  const most = from + 256
  if (most >= text.length) return text.length
  const space = text.lastIndexOf(' ', most)
  if (space > from + 128) return space
  const last = text.charCodeAt(most - 1)
  return last >= 0xd800 && last < 0xdc00 ? most - 1 : most
}
function count(countTokens, text) {
  let tokens = 0
  for (let from = 0; from < text.length; ) {
    const to = endOf(text, from)
    tokens += countTokens(text.slice(from, to), plain)
    from = to
  }
  return tokens
}
parentPort.on('message', async ({ id, texts }) => {
  const { countTokens } = await ready
  parentPort.postMessage({ id, counts: texts.map((text) => count(countTokens, text)) })
})
`

/** Longest wait for a count, the start of the thread included. */
const patienceMs = 5000
const bytesPerToken = 4

/** What a text is taken for when it cannot be counted. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / bytesPerToken)
}

/**
 * Creates a counter by the `o200k_base` encoding. Its tables are large: they are read at the first need, in a thread of their own, so that
 * nobody's stream waits for them or for a hostile text.
 */
export function createTokenCounter({ timeoutMs = patienceMs }: { readonly timeoutMs?: number } = {}): TokenCounter {
  const waiting = new Map<number, (counts: readonly number[]) => void>()
  let worker: Worker | undefined
  let lastId = 0

  function threadOf(): Worker {
    if (worker !== undefined) return worker
    const workerData = import.meta.resolve('gpt-tokenizer/encoding/o200k_base')
    const started = new Worker(program, { eval: true, workerData, name: 'tokens', execArgv: [] })
    started.unref()
    started.on('message', ({ id, counts }: Answer) => waiting.get(id)?.(counts))
    // A thread that ends by itself is started anew at the next need; those who wait run out of patience.
    const drop = (): void => {
      if (worker === started) worker = undefined
    }
    started.on('error', drop)
    started.on('exit', drop)
    worker = started
    return started
  }

  return {
    count: (texts) =>
      new Promise((resolve) => {
        lastId += 1
        const id = lastId
        const end = (counts: readonly number[]): void => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(counts)
        }
        const timer = setTimeout(() => {
          // What keeps it busy would keep it busy for the others, too.
          void worker?.terminate()
          worker = undefined
          end(texts.map(estimateTokens))
        }, timeoutMs)
        waiting.set(id, end)
        threadOf().postMessage({ id, texts })
      }),
    close: async () => {
      await worker?.terminate()
    },
  }
}

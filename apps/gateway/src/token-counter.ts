import { Worker } from 'node:worker_threads'

/** The tokenizers that are at hand, by their published names. */
export const tokenizers = ['o200k_base', 'cl100k_base'] as const

/** A published tokenizer. */
export type Tokenizer = (typeof tokenizers)[number]

/** A count that is there in time, and how long the thread worked at it. */
interface TimedCount {
  readonly tokens: number
  readonly tookMs: number
}

/** Counts the tokens of texts, where a provider does not say. */
export interface TokenCounter {
  /** One count for each text. Never fails: what cannot be counted in time is estimated at four bytes a token. */
  readonly count: (texts: readonly string[]) => Promise<readonly number[]>
  /** The count of one text, never an estimate: `undefined` when the thread does not answer, or not within five seconds. */
  readonly countExactly: (text: string, tokenizer: Tokenizer) => Promise<TimedCount | undefined>
  /** Whether the thread has the tables of a tokenizer already. */
  readonly isLoaded: (tokenizer: Tokenizer) => boolean
  readonly close: () => Promise<void>
}

interface Answer {
  readonly id: number
  readonly counts: readonly number[]
  readonly tookMs: number
}

/** The thread that counts at present, and who waits for it. */
interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, (answer: Answer | undefined) => void>
  readonly loaded: Set<Tokenizer>
}

/**
 * The thread's program. It stands here as text because a thread has no loader for sources. A piece is never longer than 256 characters: the
 * tokenizer's time grows with the square of a run without spaces, and cutting costs at most one token a piece. What it remembers of runs that
 * it has merged is kept small: hostile texts would fill it with long ones.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const tables = new Map()
const plain = { allowedSpecial: new Set(), disallowedSpecial: new Set() }
function tableOf(tokenizer) {
  const known = tables.get(tokenizer)
  if (known !== undefined) return known
  const loading = import(workerData[tokenizer]).then((table) => {
    table.setMergeCacheSize(1000)
    return table
  })
  tables.set(tokenizer, loading)
  return loading
}
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
parentPort.on('message', async ({ id, texts, tokenizer }) => {
  const { countTokens } = await tableOf(tokenizer)
  const beganAt = performance.now()
  const counts = texts.map((text) => count(countTokens, text))
  parentPort.postMessage({ id, counts, tookMs: performance.now() - beganAt })
})
`

/** Longest wait for a count, the start of the thread included. */
const patienceMs = 5000
const bytesPerToken = 4
/** The thread keeps tables, not texts: what its heap may have beside them is little. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 192 }

/** What a text is taken for when it cannot be counted. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / bytesPerToken)
}

/**
 * Creates a counter by published encodings, `o200k_base` where none is named. Their tables are large: they are read at the first need, in a
 * thread of their own, so that nobody's stream waits for them or for a hostile text.
 */
export function createTokenCounter({ timeoutMs = patienceMs }: { readonly timeoutMs?: number } = {}): TokenCounter {
  let current: Thread | undefined
  let lastId = 0

  function threadOf(): Thread {
    if (current !== undefined) return current
    const paths = tokenizers.map((name) => [name, import.meta.resolve(`gpt-tokenizer/encoding/${name}`)])
    const workerData = Object.fromEntries(paths)
    const worker = new Worker(program, { eval: true, workerData, name: 'tokens', execArgv: [], resourceLimits })
    const started: Thread = { worker, waiting: new Map(), loaded: new Set() }
    worker.unref()
    worker.on('message', (answer: Answer) => started.waiting.get(answer.id)?.(answer))
    // A thread that ends is started anew at the next need; nobody waits for the old one.
    const drop = (): void => {
      if (current === started) current = undefined
      for (const end of started.waiting.values()) end(undefined)
    }
    worker.on('error', drop)
    worker.on('exit', drop)
    current = started
    return started
  }

  function ask(texts: readonly string[], tokenizer: Tokenizer): Promise<Answer | undefined> {
    const thread = threadOf()
    lastId += 1
    const id = lastId
    return new Promise((resolve) => {
      const end = (answer: Answer | undefined): void => {
        clearTimeout(timer)
        thread.waiting.delete(id)
        if (answer !== undefined) thread.loaded.add(tokenizer)
        resolve(answer)
      }
      const timer = setTimeout(() => {
        // What keeps it busy would keep it busy for the others, too.
        void thread.worker.terminate()
        if (current === thread) current = undefined
        end(undefined)
      }, timeoutMs)
      thread.waiting.set(id, end)
      thread.worker.postMessage({ id, texts, tokenizer })
    })
  }

  return {
    count: async (texts) => (await ask(texts, 'o200k_base'))?.counts ?? texts.map(estimateTokens),
    countExactly: async (text, tokenizer) => {
      const answer = await ask([text], tokenizer)
      const [tokens] = answer?.counts ?? []
      return answer === undefined || tokens === undefined ? undefined : { tokens, tookMs: answer.tookMs }
    },
    isLoaded: (tokenizer) => current?.loaded.has(tokenizer) ?? false,
    close: async () => {
      await current?.worker.terminate()
    },
  }
}

import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { RecoverPublicKeyAsync } from '../evm/recover-public-key.js'
import { createFastRecover, type RecoverImplementation } from './create-fast-recover.js'

/** Threads that recover signers. */
export interface RecoverPool {
  readonly implementation: RecoverImplementation
  /** Threads that were started; 0 where nothing but JavaScript loads, which the calling thread does itself. */
  readonly threads: number
  readonly recoverAsync: RecoverPublicKeyAsync
  /** Ends the threads. What is under way is finished on this one. */
  close(): Promise<void>
}

/** Options of {@link createRecoverPool}. */
export interface RecoverPoolOptions {
  /** Threads; 1 when absent, which natively recovers faster than one process can serve. */
  readonly threads?: number
  /** Signatures that may wait for each thread; what comes above it is recovered on this one. 64 when absent. */
  readonly maxWaiting?: number
  /** Which implementations may be used, best first; native, wasm when absent. */
  readonly implementations?: readonly RecoverImplementation[]
}

// What crosses threads: digest ‖ r ‖ s ‖ parity one way, public keys the other. Zeros are no key.
const ASK_BYTES = 97
const KEY_BYTES = 65
/** Keys in one answer. The calling thread goes on with these while the next ones are recovered. */
const ANSWER_KEYS = 8

const modules = { native: 'secp256k1/bindings.js', wasm: 'tiny-secp256k1' } as const

// A text and not a file of its own, so that bundlers have nothing to lose.
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const addon = require(workerData.path)
const recover = workerData.implementation === 'native'
  ? (digest, compact, parity) => addon.ecdsaRecover(compact, parity, digest, false)
  : (digest, compact, parity) => addon.recover(digest, compact, parity, false)
parentPort.on('message', (asked) => {
  for (let start = 0; start < asked.length; start += ${ANSWER_KEYS * ASK_BYTES}) {
    const end = Math.min(asked.length, start + ${ANSWER_KEYS * ASK_BYTES})
    const keys = new Uint8Array(((end - start) / ${ASK_BYTES}) * ${KEY_BYTES})
    for (let from = start, to = 0; from < end; from += ${ASK_BYTES}, to += ${KEY_BYTES}) {
      try {
        const key = recover(asked.subarray(from, from + 32), asked.subarray(from + 32, from + 96), asked[from + 96])
        if (key !== null) keys.set(key, to)
      } catch {}
    }
    parentPort.postMessage(keys, [keys.buffer])
  }
})
`

type Asked = Parameters<RecoverPublicKeyAsync>

/** A signature that waits for its signer. */
interface Waiting {
  readonly asked: Asked
  /** What a thread found; zeros when nothing. */
  readonly answer: (key: Uint8Array) => void
  /** Recovers it on this thread. */
  readonly doHere: () => void
}

interface Thread {
  readonly worker: Worker
  /** In the order in which they were sent; answers come in the same. */
  readonly sent: Waiting[]
}

function encode(batch: readonly Waiting[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(batch.length * ASK_BYTES)
  for (const [index, { asked }] of batch.entries()) {
    const [digest, { compact, recovery }] = asked
    const start = index * ASK_BYTES
    bytes.set(digest, start)
    bytes.set(compact, start + 32)
    bytes[start + 96] = recovery
  }
  return bytes
}

/**
 * Starts threads that recover signers for a server, where that is most of its work: its own thread then has the time for other things. A
 * signature that comes alone is recovered at once on the calling thread; those that come together go to the threads in one message, and
 * come back a few at a time. A thread that ends is done without.
 * @example const { recoverAsync } = createRecoverPool(); createPaywall({ recover, recoverAsync, ... })
 */
export function createRecoverPool(options: RecoverPoolOptions = {}): RecoverPool {
  const { maxWaiting = 64, implementations = ['native', 'wasm'] } = options
  const { implementation, recover } = createFastRecover({ implementations })
  const threads: Thread[] = []
  let gathered: Waiting[] = []

  function drop(thread: Thread): void {
    const index = threads.indexOf(thread)
    if (index >= 0) threads.splice(index, 1)
    for (const { doHere } of thread.sent.splice(0)) doHere()
  }

  function start(path: string): void {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { implementation, path } })
    const thread: Thread = { worker, sent: [] }
    worker.on('message', (keys: Uint8Array) => {
      const batch = thread.sent.splice(0, keys.length / KEY_BYTES)
      if (thread.sent.length === 0) worker.unref()
      for (const [index, { answer }] of batch.entries()) {
        answer(keys.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES))
      }
    })
    worker.on('error', () => drop(thread))
    worker.on('exit', () => drop(thread))
    // Idle threads do not hold a process.
    worker.unref()
    threads.push(thread)
  }

  function flush(): void {
    const batch = gathered
    gathered = []
    const [first] = batch
    if (batch.length === 1 && first !== undefined) {
      first.doHere()
      return
    }
    const thread = threads.reduce<Thread | undefined>(
      (least, candidate) => (least === undefined || candidate.sent.length < least.sent.length ? candidate : least),
      undefined,
    )
    const room = thread === undefined ? 0 : Math.max(0, maxWaiting - thread.sent.length)
    const away = batch.slice(0, room)
    if (thread !== undefined && away.length > 0) {
      const bytes = encode(away)
      for (const one of away) thread.sent.push(one)
      thread.worker.ref()
      thread.worker.postMessage(bytes, [bytes.buffer])
    }
    for (const { doHere } of batch.slice(room)) doHere()
  }

  if (implementation !== 'noble') {
    const path = createRequire(import.meta.url).resolve(modules[implementation])
    for (let index = 0; index < (options.threads ?? 1); index += 1) start(path)
  }

  return {
    implementation,
    threads: threads.length,
    recoverAsync: (...asked) =>
      new Promise<Uint8Array>((resolve, reject) => {
        const doHere = (): void => {
          try {
            resolve(recover(...asked))
          } catch (error) {
            reject(error)
          }
        }
        if (gathered.length === 0) setImmediate(flush)
        gathered.push({ asked, answer: resolve, doHere })
      }),
    async close() {
      await Promise.all(threads.slice().map(({ worker }) => worker.terminate()))
    },
  }
}

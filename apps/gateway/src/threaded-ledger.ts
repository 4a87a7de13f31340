import { Worker } from 'node:worker_threads'
import { type Ledger, LedgerError, openLedger } from '@og/ledger'
import type { LedgerAnswer, LedgerCall, LedgerFailure, LedgerMethod, LedgerOpening } from './ledger-messages.js'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Every method of a ledger; the type does not let one be forgotten. */
const methods: Readonly<Record<LedgerMethod, true>> = {
  reserve: true,
  checkpoint: true,
  finish: true,
  release: true,
  lookup: true,
  lookupDigest: true,
  exposure: true,
  paid: true,
  sweep: true,
  forgetReleased: true,
  logSize: true,
  leaves: true,
  sealBatch: true,
  attachCheckpointSignature: true,
  markCheckpointAnchored: true,
  checkpoints: true,
  claimIntents: true,
  renewIntents: true,
  completeIntent: true,
  failIntent: true,
  retryIntent: true,
  intents: true,
  submitJob: true,
  job: true,
  dueJobs: true,
  deferJob: true,
  openLane: true,
  allocate: true,
  addAttempt: true,
  slots: true,
  markSent: true,
  observe: true,
  finalize: true,
  displace: true,
  quarantineLane: true,
  resumeLane: true,
  close: true,
}

/** The other half, as it is built. */
const threadFile = new URL('./ledger-thread.js', import.meta.url)

/**
 * Opens a SQLite ledger in a thread of its own: commits wait for the disk there, and requests are read and answered here meanwhile. What is
 * asked within one turn of the event loop travels together, and its writes share a commit. A thread that is lost takes the process with it:
 * without its ledger a node serves nobody.
 * @throws LedgerError as `openLedger` does
 */
export async function openThreadedLedger({ path }: { readonly path: string }): Promise<Ledger> {
  // On sources there is no such file, and no loader for it in a thread: there the ledger works in this one.
  if (import.meta.url.endsWith('.ts')) return openLedger({ path })
  const worker = new Worker(threadFile, { workerData: { path }, name: 'ledger' })
  await opened(worker)
  const waiting = new Map<number, Waiting>()
  let calls: LedgerCall[] = []
  let lastId = 0
  let isClosing = false

  worker.on('message', (answers: readonly LedgerAnswer[]) => {
    for (const answer of answers) {
      const call = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.ok) call?.resolve(answer.value)
      else call?.reject(errorOf(answer.failure))
    }
  })
  worker.on('exit', (code) => {
    const lost = new LedgerError('STORE_UNAVAILABLE', `the thread of the ledger has ended (${code})`)
    for (const { reject } of waiting.values()) reject(lost)
    waiting.clear()
    if (!isClosing) throw lost
  })

  function send(): void {
    const sent = calls
    calls = []
    worker.postMessage(sent)
  }

  function ask(method: LedgerMethod, input: readonly unknown[]): Promise<unknown> {
    if (isClosing) return Promise.reject(new LedgerError('CLOSED', 'the ledger is closed'))
    if (method === 'close') isClosing = true
    return new Promise((resolve, reject) => {
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      if (calls.push({ id: lastId, method, input }) === 1) setImmediate(send)
    })
  }

  const entries = Object.keys(methods).map((method) => [
    method,
    (...input: readonly unknown[]) => ask(method as LedgerMethod, input),
  ])
  // Every method is there, and each passes on what it is given.
  return Object.fromEntries(entries) as Ledger
}

function opened(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number): void =>
      reject(new Error(`the thread of the ledger ended before it opened (${code})`))
    worker.once('error', reject)
    worker.once('exit', onExit)
    worker.once('message', (opening: LedgerOpening) => {
      worker.off('error', reject)
      worker.off('exit', onExit)
      if (opening.ok) resolve()
      else reject(errorOf(opening.failure))
    })
  })
}

function errorOf({ code, message }: LedgerFailure): Error {
  return code === undefined ? new Error(message) : new LedgerError(code, message)
}

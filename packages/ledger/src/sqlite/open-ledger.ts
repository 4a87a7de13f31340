import { type Clock, systemClock } from '../defaults.js'
import { checkedLedger } from '../engine/checked-ledger.js'
import { createLogCache } from '../engine/log-cache.js'
import type { Ledger } from '../ledger.js'
import { openConnection, type StepHook } from './connection.js'
import { outstandingOf, paidOf } from './exposure.js'
import { finish } from './finish.js'
import { claimIntents, completeIntent, failIntent, listIntents, renewIntents, retryIntent } from './intents.js'
import { deferJob, dueJobs, readJob, submitJob } from './jobs.js'
import {
  addAttempt,
  allocate,
  displace,
  finalize,
  markSent,
  observe,
  openLane,
  quarantineLane,
  readSlots,
  resumeLane,
} from './lanes.js'
import {
  attachCheckpointSignature,
  logSize,
  markCheckpointAnchored,
  readCheckpoints,
  readLeaves,
  sealBatch,
} from './log.js'
import { readPayment, readPaymentByDigest } from './read-payment.js'
import { extendLease, release, reserve } from './reserve.js'
import { forgetReleased, sweep } from './sweep.js'

/** How to open a SQLite ledger. */
export interface OpenLedgerOptions {
  /** The database file; `-wal` stands beside it. Its folder must exist. */
  readonly path: string
  /** Unix seconds; default: the machine's clock. */
  readonly now?: Clock
  /** Answers are erased by `sweep` at this age; default one day. */
  readonly answerMaxAgeSeconds?: bigint
  /** Called at named points of every commit: for fault injection only. A throw before the commit undoes the operation. */
  readonly onStep?: StepHook
}

const ONE_DAY = 86_400n

/**
 * Opens the embedded ledger: SQLite in one file, WAL, `synchronous=FULL`, group commit, owned by this process alone.
 * Every method is one transaction and resolves once it is durable.
 *
 * @throws LedgerError `LEDGER_LOCKED` if another process holds the file, `SCHEMA_TOO_NEW`, `STORE_UNAVAILABLE`
 * @example
 * const ledger = openLedger({ path: 'ledger.db' })
 * const result = await ledger.reserve(payment)
 * if (result.kind === 'granted') await ledger.finish({ ...receipt, attempt: result.attempt })
 */
export function openLedger(options: OpenLedgerOptions): Ledger {
  const now = options.now ?? systemClock
  const answerMaxAgeSeconds = options.answerMaxAgeSeconds ?? ONE_DAY
  const connection = openConnection({
    path: options.path,
    ...(options.onStep === undefined ? {} : { step: options.onStep }),
  })
  const { read, write } = connection
  const cache = createLogCache()

  return checkedLedger({
    reserve: (input) => write('reserve', () => reserve(connection, input, now())),
    checkpoint: (input) => write('checkpoint', () => extendLease(connection, input, now())),
    finish: (input) => write('finish', () => finish(connection, input, now())),
    release: (input) => write('release', () => release(connection, input, now())),
    lookup: (paymentHash, options) => read(() => readPayment(connection, paymentHash, options)),
    lookupDigest: (digest, options) => read(() => readPaymentByDigest(connection, digest, options)),
    exposure: (input) => read(() => outstandingOf(connection, input)),
    paid: (input) => read(() => paidOf(connection, input)),
    sweep: async (at) => {
      const swept = await write('sweep', () => sweep(connection, { now: at ?? now(), answerMaxAgeSeconds }))
      // What was erased must not live on in the write-ahead log.
      if (swept.answersErased > 0) await read(() => connection.all('PRAGMA wal_checkpoint(TRUNCATE)'))
      return swept
    },
    forgetReleased: (input) => write('forgetReleased', () => forgetReleased(connection, input)),

    logSize: (logId) => read(() => logSize(connection, logId)),
    leaves: (logId, from, to) => read(() => readLeaves(connection, logId, from, to)),
    sealBatch: (logId, policy = {}) =>
      write('sealBatch', () => sealBatch(connection, { logId, policy, cache, now: now() })),
    attachCheckpointSignature: (input) =>
      write('attachCheckpointSignature', () => attachCheckpointSignature(connection, input, now())),
    markCheckpointAnchored: (input) => write('markCheckpointAnchored', () => markCheckpointAnchored(connection, input)),
    checkpoints: (logId, options) => read(() => readCheckpoints(connection, logId, options)),

    claimIntents: (input) => write('claimIntents', () => claimIntents(connection, input, now())),
    renewIntents: (input) => write('renewIntents', () => renewIntents(connection, input, now())),
    completeIntent: (id, outcome) => write('completeIntent', () => completeIntent(connection, id, outcome)),
    failIntent: (id, failure) => write('failIntent', () => failIntent(connection, id, failure)),
    retryIntent: (id) => write('retryIntent', () => retryIntent(connection, id, now())),
    intents: (input) => read(() => listIntents(connection, input)),

    submitJob: (input) => write('submitJob', () => submitJob(connection, input, now())),
    job: (id) => read(() => readJob(connection, id)),
    dueJobs: (input) => read(() => dueJobs(connection, input, now())),
    deferJob: (id, failure) => write('deferJob', () => deferJob(connection, id, failure)),
    openLane: (input) => write('openLane', () => openLane(connection, input)),
    allocate: (input) => write('allocate', () => allocate(connection, input, now())),
    addAttempt: (input) => write('addAttempt', () => addAttempt(connection, input, now())),
    slots: (input) => read(() => readSlots(connection, input)),
    markSent: (input) => write('markSent', () => markSent(connection, input, now())),
    observe: (input) => write('observe', () => observe(connection, input)),
    finalize: (input) => write('finalize', () => finalize(connection, input, now())),
    displace: (input) => write('displace', () => displace(connection, input, now())),
    quarantineLane: (input) => write('quarantineLane', () => quarantineLane(connection, input)),
    resumeLane: (input) => write('resumeLane', () => resumeLane(connection, input)),
    close: connection.close,
  })
}

import type { Clock } from '../defaults.js'
import { checkedLedger } from '../engine/checked-ledger.js'
import { createLogCache } from '../engine/log-cache.js'
import type { Ledger } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { StepHook } from '../sqlite/connection.js'
import { extendLease, release } from './attempts.js'
import { createConnection, type PostgresConnection } from './connection.js'
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
import { prepareDatabase, requireSchemaName } from './migrate-schema.js'
import { createPool, DEFAULT_STATEMENT_TIMEOUT_MS, type PostgresConnectionOptions } from './pool.js'
import { readPayment, readPaymentByDigest } from './read-payment.js'
import { reserve } from './reserve.js'
import { forgetReleased, sweep } from './sweep.js'

/** How to open a PostgreSQL ledger. */
export interface OpenPostgresLedgerOptions extends PostgresConnectionOptions {
  /** The schema that holds the tables, made if it is not there; default `og_ledger`. One schema is one ledger. */
  readonly schema?: string
  /**
   * Unix seconds. Default: the database's clock, the same for every process; a clock given here must be the same for all
   * of them, because leases are compared with it.
   */
  readonly now?: Clock
  /** Answers are erased by `sweep` at this age; default one day. */
  readonly answerMaxAgeSeconds?: bigint
  /** Called at named points of every operation: for fault injection only. A throw before the commit undoes it. */
  readonly onStep?: StepHook
}

const ONE_DAY = 86_400n

/** Opens pool and schema. */
async function openPostgresConnection(options: OpenPostgresLedgerOptions): Promise<PostgresConnection> {
  const schema = requireSchemaName(options.schema)
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS
  if (!Number.isSafeInteger(statementTimeoutMs) || statementTimeoutMs < 1)
    throw new LedgerError('INVALID_INPUT', 'statementTimeoutMs must be a whole number of at least 1')
  const pool = createPool(options)
  try {
    const { raiseSynchronousCommit } = await prepareDatabase(pool, schema)
    return createConnection({
      pool,
      schema,
      statementTimeoutMs,
      raiseSynchronousCommit,
      now: options.now,
      step: options.onStep ?? (() => {}),
    })
  } catch (error) {
    await pool.end()
    throw error
  }
}

/**
 * Opens a ledger in PostgreSQL 14 or later, for any number of processes at once: every method is one transaction and
 * resolves once it is durable. Lost races are run again; a database that cannot be reached, is too slow or has no space
 * left is `STORE_UNAVAILABLE`, and the next call tries anew.
 *
 * @throws LedgerError `STORE_UNAVAILABLE` (also: server older than 14, `fsync=off`, no right to create the schema),
 *   `SCHEMA_TOO_NEW`, `INVALID_INPUT`
 * @example
 * const ledger = await openPostgresLedger({ connectionString: 'postgres://og_app@db.internal/og?sslmode=verify-full' })
 */
export async function openPostgresLedger(options: OpenPostgresLedgerOptions): Promise<Ledger> {
  const answerMaxAgeSeconds = options.answerMaxAgeSeconds ?? ONE_DAY
  const { read, write, close } = await openPostgresConnection(options)
  const cache = createLogCache()

  return checkedLedger({
    reserve: (input) => write('reserve', (transaction) => reserve(transaction, input)),
    checkpoint: (input) => write('checkpoint', (transaction) => extendLease(transaction, input)),
    finish: (input) => write('finish', (transaction) => finish(transaction, input)),
    release: (input) => write('release', (transaction) => release(transaction, input)),
    lookup: (paymentHash, options) => read((transaction) => readPayment(transaction, paymentHash, options)),
    lookupDigest: (digest, options) => read((transaction) => readPaymentByDigest(transaction, digest, options)),
    exposure: (input) => read((transaction) => outstandingOf(transaction, input)),
    paid: (input) => read((transaction) => paidOf(transaction, input)),
    sweep: (at) =>
      write('sweep', (transaction) => sweep(transaction, { now: at ?? transaction.now, answerMaxAgeSeconds })),
    forgetReleased: (input) => write('forgetReleased', (transaction) => forgetReleased(transaction, input)),

    logSize: (logId) => read((transaction) => logSize(transaction, logId)),
    leaves: (logId, from, to) => read((transaction) => readLeaves(transaction, logId, from, to)),
    sealBatch: (logId, policy = {}) =>
      write('sealBatch', (transaction) => sealBatch(transaction, { logId, policy, cache })),
    attachCheckpointSignature: (input) =>
      write('attachCheckpointSignature', (transaction) => attachCheckpointSignature(transaction, input)),
    markCheckpointAnchored: (input) =>
      write('markCheckpointAnchored', (transaction) => markCheckpointAnchored(transaction, input)),
    checkpoints: (logId, options) => read((transaction) => readCheckpoints(transaction, logId, options)),

    claimIntents: (input) => write('claimIntents', (transaction) => claimIntents(transaction, input)),
    renewIntents: (input) => write('renewIntents', (transaction) => renewIntents(transaction, input)),
    completeIntent: (id, outcome) => write('completeIntent', (transaction) => completeIntent(transaction, id, outcome)),
    failIntent: (id, failure) => write('failIntent', (transaction) => failIntent(transaction, id, failure)),
    retryIntent: (id) => write('retryIntent', (transaction) => retryIntent(transaction, id)),
    intents: (input) => read((transaction) => listIntents(transaction, input)),

    submitJob: (input) => write('submitJob', (transaction) => submitJob(transaction, input)),
    job: (id) => read((transaction) => readJob(transaction, id)),
    dueJobs: (input) => read((transaction) => dueJobs(transaction, input)),
    deferJob: (id, failure) => write('deferJob', (transaction) => deferJob(transaction, id, failure)),
    openLane: (input) => write('openLane', (transaction) => openLane(transaction, input)),
    allocate: (input) => write('allocate', (transaction) => allocate(transaction, input)),
    addAttempt: (input) => write('addAttempt', (transaction) => addAttempt(transaction, input)),
    slots: (input) => read((transaction) => readSlots(transaction, input)),
    markSent: (input) => write('markSent', (transaction) => markSent(transaction, input)),
    observe: (input) => write('observe', (transaction) => observe(transaction, input)),
    finalize: (input) => write('finalize', (transaction) => finalize(transaction, input)),
    displace: (input) => write('displace', (transaction) => displace(transaction, input)),
    quarantineLane: (input) => write('quarantineLane', (transaction) => quarantineLane(transaction, input)),
    resumeLane: (input) => write('resumeLane', (transaction) => resumeLane(transaction, input)),
    close,
  })
}

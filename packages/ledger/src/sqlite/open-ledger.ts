import {
  requireAddress,
  requireCount,
  requireHash,
  requireHex,
  requireInteger,
  requireLease,
  requireText,
  requireUint256,
} from '../check-input.js'
import { type Clock, systemClock } from '../defaults.js'
import type { Hex, LaneKey, Ledger, SignedAttempt } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import { openConnection, type StepHook } from './connection.js'
import { outstandingOf } from './exposure.js'
import { finish, normalizeFinish, requireCurrent } from './finish.js'
import { claimIntents, completeIntent, failIntent, listIntents, retryIntent } from './intents.js'
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
import { createLogCache } from './log-cache.js'
import { readPayment, readPaymentByDigest } from './read-payment.js'
import { normalizeReserve, releaseAttempt, reserve } from './reserve.js'
import { textOf } from './row.js'
import { sweep } from './sweep.js'

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

function laneKey(input: LaneKey): LaneKey {
  return { chainId: requireInteger('chainId', input.chainId), address: requireAddress('address', input.address) }
}

function signedAttempt(attempt: SignedAttempt): SignedAttempt {
  return {
    hash: requireHash('attempt.hash', attempt.hash),
    raw: requireHex('attempt.raw', attempt.raw),
    gas: requireUint256('attempt.gas', attempt.gas),
    maxFeePerGas: requireUint256('attempt.maxFeePerGas', attempt.maxFeePerGas),
    maxPriorityFeePerGas: requireUint256('attempt.maxPriorityFeePerGas', attempt.maxPriorityFeePerGas),
  }
}

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

  return {
    reserve: async (input) => {
      const normalized = normalizeReserve(input)
      return write('reserve', () => reserve(connection, normalized, now()))
    },
    checkpoint: async (input) => {
      const paymentHash = requireHash('paymentHash', input.paymentHash)
      const leaseSeconds = requireLease('leaseSeconds', input.leaseSeconds)
      const progress = input.progress === undefined ? null : requireText('progress', input.progress)
      return write('checkpoint', () => {
        const row = requireCurrent(connection, paymentHash, input.attempt)
        if (textOf(row, 'state') !== 'reserved') throw new LedgerError('FENCED', `attempt ${input.attempt} has ended`)
        const leaseUntil = now() + leaseSeconds
        connection.run('UPDATE payment SET lease_until = ? WHERE payment_hash = ?', [leaseUntil, paymentHash])
        connection.run(
          'UPDATE payment_attempt SET progress = coalesce(?, progress) WHERE payment_hash = ? AND attempt = ?',
          [progress, paymentHash, input.attempt],
        )
        return { leaseUntil }
      })
    },
    finish: async (input) => {
      const normalized = normalizeFinish(input)
      return write('finish', () => finish(connection, normalized, now()))
    },
    release: async (input) => {
      const paymentHash = requireHash('paymentHash', input.paymentHash)
      const reason = requireText('reason', input.reason, 1024)
      return write('release', () => {
        const row = requireCurrent(connection, paymentHash, input.attempt)
        const state = textOf(row, 'state')
        if (state === 'finished') throw new LedgerError('FENCED', `attempt ${input.attempt} has finished`)
        if (state === 'reserved') releaseAttempt(connection, row, reason, now())
      })
    },
    lookup: async (paymentHash) => {
      const key = requireHash('paymentHash', paymentHash)
      return read(() => readPayment(connection, key))
    },
    lookupDigest: async (digest) => {
      const key = requireHash('digest', digest)
      return read(() => readPaymentByDigest(connection, key))
    },
    exposure: async (input) => {
      const key = {
        chainId: requireInteger('chainId', input.chainId),
        asset: requireAddress('asset', input.asset),
        payer: requireAddress('payer', input.payer),
      }
      return read(() => outstandingOf(connection, key))
    },
    sweep: async (at) => {
      const swept = await write('sweep', () => sweep(connection, { now: at ?? now(), answerMaxAgeSeconds }))
      // What was erased must not live on in the write-ahead log.
      if (swept.answersErased > 0) await read(() => connection.all('PRAGMA wal_checkpoint(TRUNCATE)'))
      return swept
    },

    logSize: async (logId) => {
      const key = requireHash('logId', logId)
      return read(() => logSize(connection, key))
    },
    leaves: async (logId, from, to) => {
      const key = requireHash('logId', logId)
      requireCount('from', from)
      requireCount('to', to)
      return read(() => readLeaves(connection, key, from, to))
    },
    sealBatch: async (logId, policy = {}) => {
      const key = requireHash('logId', logId)
      if (policy.minLeaves !== undefined) requireCount('minLeaves', policy.minLeaves, 1)
      if (policy.maxAgeSeconds !== undefined) requireInteger('maxAgeSeconds', policy.maxAgeSeconds)
      return write('sealBatch', () => sealBatch(connection, { logId: key, policy, cache, now: now() }))
    },
    attachCheckpointSignature: async (input) => {
      const normalized = {
        logId: requireHash('logId', input.logId),
        seq: requireInteger('seq', input.seq),
        uri: requireText('uri', input.uri, 2048),
        signature: requireHex('signature', input.signature),
        intent: {
          dedupeKey: requireHash('intent.dedupeKey', input.intent.dedupeKey),
          body: requireText('intent.body', input.intent.body),
        },
      }
      return write('attachCheckpointSignature', () => attachCheckpointSignature(connection, normalized, now()))
    },
    markCheckpointAnchored: async (input) => {
      const normalized = {
        logId: requireHash('logId', input.logId),
        seq: requireInteger('seq', input.seq),
        transaction: requireHash('transaction', input.transaction),
        blockNumber: requireInteger('blockNumber', input.blockNumber),
      }
      return write('markCheckpointAnchored', () => markCheckpointAnchored(connection, normalized))
    },
    checkpoints: async (logId) => {
      const key = requireHash('logId', logId)
      return read(() => readCheckpoints(connection, key))
    },

    claimIntents: async (input) => {
      requireCount('limit', input.limit, 1)
      requireLease('leaseSeconds', input.leaseSeconds)
      return write('claimIntents', () => claimIntents(connection, input, now()))
    },
    completeIntent: async (id, outcome) => {
      const normalized: { transaction: Hex | null; blockNumber: bigint | null; result: string } = {
        transaction: outcome.transaction === undefined ? null : requireHash('transaction', outcome.transaction),
        blockNumber: outcome.blockNumber === undefined ? null : requireInteger('blockNumber', outcome.blockNumber),
        result: requireText('result', outcome.result),
      }
      return write('completeIntent', () => completeIntent(connection, requireCount('id', id), normalized))
    },
    failIntent: async (id, failure) => {
      const normalized = {
        error: requireText('error', failure.error),
        retryAt: 'retryAt' in failure ? requireInteger('retryAt', failure.retryAt) : null,
        claim: failure.claim ?? null,
      }
      return write('failIntent', () => failIntent(connection, requireCount('id', id), normalized))
    },
    retryIntent: async (id) => write('retryIntent', () => retryIntent(connection, requireCount('id', id), now())),
    intents: async (input) => {
      requireCount('limit', input.limit, 1)
      return read(() => listIntents(connection, input))
    },

    submitJob: async (input) => {
      const normalized = {
        chainId: requireInteger('chainId', input.chainId),
        dedupeKey: requireHash('dedupeKey', input.dedupeKey),
        to: requireAddress('to', input.to),
        data: requireHex('data', input.data),
        ...(input.gasLimit === undefined ? {} : { gasLimit: requireUint256('gasLimit', input.gasLimit) }),
      }
      return write('submitJob', () => submitJob(connection, normalized, now()))
    },
    job: async (id) => read(() => readJob(connection, requireCount('id', id))),
    dueJobs: async (input) => read(() => dueJobs(connection, input, now())),
    deferJob: async (id, failure) => write('deferJob', () => deferJob(connection, requireCount('id', id), failure)),
    openLane: async (input) => {
      const normalized = { ...laneKey(input), chainNonce: requireCount('chainNonce', input.chainNonce) }
      return write('openLane', () => openLane(connection, normalized))
    },
    allocate: async (input) => {
      const normalized = { ...input, ...laneKey(input), attempt: signedAttempt(input.attempt) }
      return write('allocate', () => allocate(connection, normalized, now()))
    },
    addAttempt: async (input) => {
      const normalized = { ...input, ...laneKey(input), attempt: signedAttempt(input.attempt) }
      return write('addAttempt', () => addAttempt(connection, normalized, now()))
    },
    slots: async (input) => {
      const key = laneKey(input)
      return read(() => readSlots(connection, key))
    },
    markSent: async (input) => {
      const normalized = {
        hash: requireHash('hash', input.hash),
        error: input.error === null ? null : input.error.slice(0, 1024),
      }
      return write('markSent', () => markSent(connection, normalized, now()))
    },
    observe: async (input) => {
      const normalized = { ...input, ...laneKey(input) }
      return write('observe', () => observe(connection, normalized))
    },
    finalize: async (input) => {
      const normalized = { ...input, ...laneKey(input), hash: requireHash('hash', input.hash) }
      return write('finalize', () => finalize(connection, normalized))
    },
    displace: async (input) => {
      const normalized = { ...laneKey(input), nonce: requireCount('nonce', input.nonce) }
      return write('displace', () => displace(connection, normalized, now()))
    },
    quarantineLane: async (input) => {
      const normalized = { ...laneKey(input), reason: requireText('reason', input.reason, 1024) }
      return write('quarantineLane', () => quarantineLane(connection, normalized))
    },
    resumeLane: async (input) => {
      const normalized = { ...laneKey(input), nextNonce: requireCount('nextNonce', input.nextNonce) }
      return write('resumeLane', () => resumeLane(connection, normalized))
    },
    close: connection.close,
  }
}

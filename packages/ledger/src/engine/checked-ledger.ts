import {
  cleanNote,
  requireAddress,
  requireCount,
  requireHash,
  requireHex,
  requireInteger,
  requireLease,
  requireText,
  requireUint256,
} from '../check-input.js'
import type { Ledger } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { LaneKey, SignedAttempt } from '../relay-store.js'
import { normalizeFinish, normalizeReserve } from './check-payment-input.js'

function normalizePayer(input: Parameters<Ledger['paid']>[0]): Parameters<Ledger['paid']>[0] {
  return {
    chainId: requireInteger('chainId', input.chainId),
    asset: requireAddress('asset', input.asset),
    payer: requireAddress('payer', input.payer),
  }
}

function laneKey(input: LaneKey): LaneKey {
  return { chainId: requireInteger('chainId', input.chainId), address: requireAddress('address', input.address) }
}

function requireJobIds(jobIds: readonly number[]): readonly number[] {
  if (jobIds.length === 0 || new Set(jobIds).size !== jobIds.length)
    throw new LedgerError('INVALID_INPUT', 'jobIds must be at least one id, each once')
  return jobIds.map((id) => requireCount('jobId', id))
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
 * Stands before an engine: refuses malformed input and brings every key to one spelling before anything is queued, so
 * that engines may take what they are given.
 */
export function checkedLedger(engine: Ledger): Ledger {
  return {
    reserve: async (input) => engine.reserve(normalizeReserve(input)),
    checkpoint: async (input) =>
      engine.checkpoint({
        paymentHash: requireHash('paymentHash', input.paymentHash),
        attempt: requireCount('attempt', input.attempt, 1),
        leaseSeconds: requireLease('leaseSeconds', input.leaseSeconds),
        ...(input.progress === undefined ? {} : { progress: requireText('progress', input.progress) }),
      }),
    finish: async (input) => engine.finish(normalizeFinish(input)),
    release: async (input) =>
      engine.release({
        paymentHash: requireHash('paymentHash', input.paymentHash),
        attempt: requireCount('attempt', input.attempt, 1),
        reason: requireText('reason', cleanNote(input.reason), 1024),
      }),
    lookup: async (paymentHash, options) => engine.lookup(requireHash('paymentHash', paymentHash), options),
    lookupDigest: async (digest, options) => engine.lookupDigest(requireHash('digest', digest), options),
    exposure: async (input) => engine.exposure(normalizePayer(input)),
    paid: async (input) => engine.paid(normalizePayer(input)),
    sweep: async (now) => engine.sweep(now === undefined ? undefined : requireInteger('now', now)),
    forgetReleased: async (input) =>
      engine.forgetReleased({
        expiredBefore: requireUint256('expiredBefore', input.expiredBefore),
        limit: requireCount('limit', input.limit, 1),
      }),

    logSize: async (logId) => engine.logSize(requireHash('logId', logId)),
    leaves: async (logId, from, to) =>
      engine.leaves(requireHash('logId', logId), requireCount('from', from), requireCount('to', to)),
    sealBatch: async (logId, policy = {}) => {
      if (policy.minLeaves !== undefined) requireCount('minLeaves', policy.minLeaves, 1)
      if (policy.maxAgeSeconds !== undefined) requireInteger('maxAgeSeconds', policy.maxAgeSeconds)
      return engine.sealBatch(requireHash('logId', logId), policy)
    },
    attachCheckpointSignature: async (input) =>
      engine.attachCheckpointSignature({
        logId: requireHash('logId', input.logId),
        seq: requireInteger('seq', input.seq),
        uri: requireText('uri', input.uri, 2048),
        signature: requireHex('signature', input.signature),
        intent: {
          dedupeKey: requireHash('intent.dedupeKey', input.intent.dedupeKey),
          body: requireText('intent.body', input.intent.body),
        },
      }),
    markCheckpointAnchored: async (input) =>
      engine.markCheckpointAnchored({
        logId: requireHash('logId', input.logId),
        seq: requireInteger('seq', input.seq),
        transaction: requireHash('transaction', input.transaction),
        blockNumber: requireInteger('blockNumber', input.blockNumber),
      }),
    checkpoints: async (logId, { newest } = {}) => {
      if (newest !== undefined) requireCount('newest', newest, 1)
      return engine.checkpoints(requireHash('logId', logId), newest === undefined ? {} : { newest })
    },

    claimIntents: async (input) => {
      requireCount('limit', input.limit, 1)
      requireLease('leaseSeconds', input.leaseSeconds)
      const exceptPayers = (input.exceptPayers ?? []).map((payer) => requireAddress('exceptPayers', payer))
      return engine.claimIntents({ ...input, exceptPayers })
    },
    renewIntents: async ({ held, leaseSeconds }) => {
      requireLease('leaseSeconds', leaseSeconds)
      const wanted = held.map(({ id, claim }) => ({
        id: requireCount('id', id),
        claim: requireCount('claim', claim, 1),
      }))
      return wanted.length === 0 ? [] : engine.renewIntents({ held: wanted, leaseSeconds })
    },
    completeIntent: async (id, outcome) =>
      engine.completeIntent(requireCount('id', id), {
        ...(outcome.transaction === undefined ? {} : { transaction: requireHash('transaction', outcome.transaction) }),
        ...(outcome.blockNumber === undefined
          ? {}
          : { blockNumber: requireInteger('blockNumber', outcome.blockNumber) }),
        result: requireText('result', outcome.result),
      }),
    failIntent: async (id, failure) => {
      if ('retryAt' in failure) requireInteger('retryAt', failure.retryAt)
      if (failure.claim !== undefined) requireCount('claim', failure.claim)
      return engine.failIntent(requireCount('id', id), {
        ...failure,
        error: requireText('error', cleanNote(failure.error)),
      })
    },
    retryIntent: async (id) => engine.retryIntent(requireCount('id', id)),
    intents: async (input) => {
      requireCount('limit', input.limit, 1)
      return engine.intents(input)
    },

    submitJob: async (input) =>
      engine.submitJob({
        chainId: requireInteger('chainId', input.chainId),
        dedupeKey: requireHash('dedupeKey', input.dedupeKey),
        to: requireAddress('to', input.to),
        data: requireHex('data', input.data),
        ...(input.gasLimit === undefined ? {} : { gasLimit: requireUint256('gasLimit', input.gasLimit) }),
        ...(input.queue === undefined ? {} : { queue: requireText('queue', input.queue, 128) }),
        ...(input.deadline === undefined ? {} : { deadline: requireUint256('deadline', input.deadline) }),
      }),
    job: async (id) => engine.job(requireCount('id', id)),
    dueJobs: async (input) => {
      requireInteger('chainId', input.chainId)
      requireCount('limit', input.limit)
      if (input.queue !== undefined) requireText('queue', input.queue, 128)
      return engine.dueJobs(input)
    },
    deferJob: async (id, failure) => {
      if (failure.retryAt !== null) requireInteger('retryAt', failure.retryAt)
      return engine.deferJob(requireCount('id', id), {
        error: requireText('error', cleanNote(failure.error)),
        retryAt: failure.retryAt,
      })
    },
    openLane: async (input) =>
      engine.openLane({ ...laneKey(input), chainNonce: requireCount('chainNonce', input.chainNonce) }),
    allocate: async (input) =>
      engine.allocate({
        ...laneKey(input),
        nonce: requireCount('nonce', input.nonce),
        jobIds: requireJobIds(input.jobIds),
        attempt: signedAttempt(input.attempt),
      }),
    addAttempt: async (input) =>
      engine.addAttempt({
        ...laneKey(input),
        nonce: requireCount('nonce', input.nonce),
        n: requireCount('n', input.n),
        attempt: signedAttempt(input.attempt),
      }),
    slots: async (input) => engine.slots(laneKey(input)),
    markSent: async (input) =>
      engine.markSent({
        hash: requireHash('hash', input.hash),
        error: input.error === null ? null : cleanNote(input.error).slice(0, 1024),
      }),
    observe: async (input) =>
      engine.observe({
        ...laneKey(input),
        minedNonce: requireCount('minedNonce', input.minedNonce),
        slots: input.slots.map(({ nonce, seen }) => ({
          nonce: requireCount('nonce', nonce),
          seen:
            seen === null
              ? null
              : { hash: requireHash('hash', seen.hash), blockNumber: requireInteger('blockNumber', seen.blockNumber) },
        })),
      }),
    finalize: async (input) =>
      engine.finalize({
        ...laneKey(input),
        nonce: requireCount('nonce', input.nonce),
        hash: requireHash('hash', input.hash),
        blockNumber: requireInteger('blockNumber', input.blockNumber),
        status: input.status,
      }),
    displace: async (input) => engine.displace({ ...laneKey(input), nonce: requireCount('nonce', input.nonce) }),
    quarantineLane: async (input) =>
      engine.quarantineLane({ ...laneKey(input), reason: requireText('reason', cleanNote(input.reason), 1024) }),
    resumeLane: async (input) =>
      engine.resumeLane({ ...laneKey(input), nextNonce: requireCount('nextNonce', input.nextNonce) }),
    close: () => engine.close(),
  }
}

import { requireHash } from '../check-input.js'
import { hasAccess, recordAccess, sweepNonces, takeNonce } from './access.js'
import { abandonAnswer, beginAnswer, completeAnswer, findAnswer, sweepAnswers } from './answers.js'
import { findBatch, keepBatch, sweepBatches } from './batches.js'
import { listResources, putResource, searchResources } from './catalog.js'
import { listUnclaimedChannels, readChannel, updateChannel } from './channels.js'
import { endAttempt, reserve, sweepReservations } from './reservations.js'
import { createAnswerSeal } from './seal-answer.js'
import {
  beginSettlement,
  concludeSettlement,
  findSettlement,
  listOpenSettlements,
  sweepSettlements,
} from './settlements.js'
import type { Operation } from './statements.js'
import type { X402StoreOptions, X402Stores } from './stores.js'

/** Runs operations as transactions of one engine. The operation is made anew for each try. */
export interface OperationRunner {
  write<T>(name: string, operation: (now: bigint) => Operation<T>): Promise<T>
  read<T>(operation: (now: bigint) => Operation<T>): Promise<T>
  close(): Promise<void>
}

const MONTH = 30n * 86_400n
const DEFAULT_MAX_RESOURCES = 10_000

/** Puts the stores on an engine. */
export function createStores(runner: OperationRunner, options: X402StoreOptions): X402Stores {
  const { maxExposurePerPayer, maxResources = DEFAULT_MAX_RESOURCES, maxAgeSeconds = MONTH } = options
  const { read, write } = runner
  const seal = createAnswerSeal(options.answerKey)
  return {
    reservations: {
      reserve: (reservation) => write('reserve', () => reserve(reservation, maxExposurePerPayer)),
      finish: ({ settlement, ...key }) => write('finish', () => endAttempt(key, { state: 'finished', settlement })),
      release: (key) => write('release', () => endAttempt(key, { state: 'released' })),
    },
    answers: {
      find: (key) => read(() => findAnswer(key, seal)),
      begin: (key) => write('beginAnswer', () => beginAnswer(key, seal)),
      complete: (key) => write('completeAnswer', () => completeAnswer(key, seal)),
      abandon: (key) => write('abandonAnswer', () => abandonAnswer(key)),
    },
    access: {
      recordPayment: (access) => write('recordAccess', () => recordAccess(access)),
      hasPaid: (access) => read(() => hasAccess(access)),
      takeNonce: (nonce) => write('takeNonce', () => takeNonce(nonce)),
    },
    channels: {
      read: (channelId) => read(() => readChannel(channelId)),
      update: (channelId, change) => write('updateChannel', () => updateChannel(channelId, change)),
      listUnclaimed: () => read(() => listUnclaimedChannels()),
    },
    batches: {
      find: (key) => read(() => findBatch(requireHash('key', key))),
      keep: (keys, batch) => write('keepBatch', (now) => keepBatch(keys, batch, now)),
    },
    settlements: {
      begin: (question) => write('beginSettlement', (now) => beginSettlement(question, now)),
      conclude: (paymentHash, end) =>
        write('concludeSettlement', (now) => concludeSettlement(requireHash('paymentHash', paymentHash), end, now)),
      find: (paymentHash) => read(() => findSettlement(requireHash('paymentHash', paymentHash))),
      listOpen: (input) => read(() => listOpenSettlements(input)),
    },
    catalog: {
      put: (input) => write('putResource', (now) => putResource(input, { maxResources, now })),
      list: (filter) => read(() => listResources(filter)),
      search: (words, filter) => read(() => searchResources(words, filter)),
    },
    sweep: () =>
      write('sweepX402', function* (now) {
        const before = now > maxAgeSeconds ? now - maxAgeSeconds : 0n
        return {
          reservations: yield* sweepReservations(now),
          answers: yield* sweepAnswers(now),
          nonces: yield* sweepNonces(now),
          batches: yield* sweepBatches(before),
          settlements: yield* sweepSettlements(before),
        }
      }),
    close: runner.close,
  }
}

import { parseSettleResponse, type SettleResponse } from '@og/x402'
import { type AttemptKey, nonceKeyText, type Reservation, type ReserveResult } from '@og/x402/server'
import { amountOf, countOf, encodeAmount, oneOf, type Row, textOf, textOrNull } from '../engine/row.js'
import { readColumn } from './json-column.js'
import { all, get, lock, type Operation, run } from './statements.js'

/** How long past `validBefore` a row counts and stays, so that clocks which differ do not reopen it. */
const GRACE_SECONDS = 120n

const STATES = ['running', 'released', 'finished'] as const

function accountOf({ nonceKey, asset }: Reservation): string {
  return `${nonceKey.chainId}:${asset}:${nonceKey.payer}`.toLowerCase()
}

/** Sum of what the account has running. An authorization that has expired can take nothing any more. */
function* exposureOf(account: string, now: bigint): Operation<bigint> {
  const rows = yield* all(
    "SELECT authorized FROM x402_reservation WHERE account = $1 AND state = 'running' AND valid_before >= $2",
    [account, encodeAmount(now > GRACE_SECONDS ? now - GRACE_SECONDS : 0n)],
  )
  return rows.reduce((sum, row) => sum + amountOf(row, 'authorized'), 0n)
}

function* find(key: string): Operation<Row | undefined> {
  return yield* get('SELECT * FROM x402_reservation WHERE nonce_key = $1 FOR UPDATE', [key])
}

/** Judges a payment that is known; `undefined` when it may run again. */
function known(row: Row, reservation: Reservation): ReserveResult | undefined {
  if (textOf(row, 'request_hash') !== reservation.requestHash.toLowerCase()) return { kind: 'conflict' }
  const state = oneOf(row, 'state', STATES)
  if (state === 'running') return { kind: 'running' }
  if (state === 'released') return undefined
  const settlement = textOrNull(row, 'settlement')
  return {
    kind: 'finished',
    settlement: settlement === null ? undefined : readColumn('settlement', settlement, parseSettleResponse),
  }
}

/** Reserves a payment: one of any number of simultaneous uses is granted. */
export function* reserve(reservation: Reservation, maxExposurePerPayer: bigint | undefined): Operation<ReserveResult> {
  const key = nonceKeyText(reservation.nonceKey)
  const account = accountOf(reservation)
  const { now, paymentHash, requestHash, authorized, validBefore } = reservation
  // Payments of one account are counted one after the other, or two of them would each see room for one.
  if (maxExposurePerPayer !== undefined) yield* lock(`x402 exposure ${account}`)
  let row = yield* find(key)
  const early = row === undefined ? undefined : known(row, reservation)
  if (early !== undefined) return early
  if (maxExposurePerPayer !== undefined && (yield* exposureOf(account, now)) + authorized > maxExposurePerPayer) {
    return { kind: 'exhausted' }
  }
  const values = [account, encodeAmount(authorized), encodeAmount(validBefore), paymentHash.toLowerCase()]
  if (row === undefined) {
    const inserted = yield* run(
      `INSERT INTO x402_reservation (account, authorized, valid_before, payment_hash, nonce_key, request_hash, attempt, state)
       VALUES ($1, $2, $3, $4, $5, $6, 1, 'running') ON CONFLICT (nonce_key) DO NOTHING`,
      [...values, key, requestHash.toLowerCase()],
    )
    if (inserted === 1) return { kind: 'granted', attempt: 1 }
    row = yield* find(key)
    const lost = row === undefined ? undefined : known(row, reservation)
    if (lost !== undefined) return lost
  }
  const attempt = row === undefined ? 1 : countOf(row, 'attempt') + 1
  yield* run(
    `UPDATE x402_reservation SET account = $1, authorized = $2, valid_before = $3, payment_hash = $4, attempt = $5,
       state = 'running', settlement = NULL WHERE nonce_key = $6`,
    [...values, attempt, key],
  )
  return { kind: 'granted', attempt }
}

/** Ends an attempt. A late word of an attempt that is no longer current changes nothing. */
export function* endAttempt(
  key: AttemptKey,
  end: { readonly state: 'released' } | { readonly state: 'finished'; readonly settlement: SettleResponse | undefined },
): Operation<void> {
  const settlement = end.state === 'finished' && end.settlement !== undefined ? JSON.stringify(end.settlement) : null
  yield* run(
    "UPDATE x402_reservation SET state = $1, settlement = $2 WHERE nonce_key = $3 AND attempt = $4 AND state = 'running'",
    [end.state, settlement, nonceKeyText(key.nonceKey), key.attempt],
  )
}

/** What is valid for longer than this, in seconds, is not waited for. */
const PATIENCE_SECONDS = 86_400n

/**
 * Forgets payments that can never be used again, and those that were given back and would stay for ever: they cost their payers nothing, who
 * may sign as many as they like. One that is used again begins anew.
 */
export function* sweepReservations(now: bigint): Operation<number> {
  const before = now > GRACE_SECONDS ? now - GRACE_SECONDS : 0n
  return yield* run(
    "DELETE FROM x402_reservation WHERE valid_before < $1 OR (state = 'released' AND valid_before > $2)",
    [encodeAmount(before), encodeAmount(now + PATIENCE_SECONDS)],
  )
}

import type { AnswerKey, KnownAnswer, StoredAnswer } from '@og/x402/server'
import { amountOf, bytesOf, countOf, encodeAmount, oneOf, type Row, textOf } from '../engine/row.js'
import { asList, readColumn } from './json-column.js'
import type { AnswerSeal } from './seal-answer.js'
import { get, type Operation, run } from './statements.js'

const STATES = ['running', 'lost', 'answered'] as const

function labelOf({ id, fingerprint }: AnswerKey): string {
  return JSON.stringify([id, fingerprint.toLowerCase()])
}

function parseHeaders(value: unknown): StoredAnswer['headers'] {
  return asList(value).map((pair) => {
    const [name, text] = asList(pair)
    if (typeof name !== 'string' || typeof text !== 'string') throw new TypeError('not a header')
    return [name, text] as const
  })
}

function* find(id: string): Operation<Row | undefined> {
  return yield* get('SELECT * FROM x402_answer WHERE id = $1 FOR UPDATE', [id])
}

/** What a row says; `undefined` when it is too old to say anything. */
function known(row: Row, key: AnswerKey & { readonly now: bigint }, seal: AnswerSeal): KnownAnswer | undefined {
  if (amountOf(row, 'expires_at') < key.now) return undefined
  if (textOf(row, 'fingerprint') !== key.fingerprint.toLowerCase()) return { kind: 'conflict' }
  const state = oneOf(row, 'state', STATES)
  if (state !== 'answered') return { kind: state }
  const body = seal.open(bytesOf(row, 'body'), labelOf(key))
  // Sealed by another life: the call has had its answer, and here it is no more.
  if (body === undefined) return { kind: 'lost' }
  const headers = readColumn('headers', textOf(row, 'headers'), parseHeaders)
  return { kind: 'answered', answer: { status: countOf(row, 'status'), headers, body } }
}

/** Looks an identifier up. */
export function* findAnswer(key: AnswerKey & { readonly now: bigint }, seal: AnswerSeal): Operation<KnownAnswer> {
  const row = yield* get('SELECT * FROM x402_answer WHERE id = $1', [key.id])
  return (row === undefined ? undefined : known(row, key, seal)) ?? { kind: 'unknown' }
}

/** Claims an identifier. */
export function* beginAnswer(
  key: AnswerKey & { readonly now: bigint; readonly expiresAt: bigint },
  seal: AnswerSeal,
): Operation<KnownAnswer> {
  for (;;) {
    const row = yield* find(key.id)
    const found = row === undefined ? undefined : known(row, key, seal)
    if (found !== undefined) return found
    if (row !== undefined) yield* run('DELETE FROM x402_answer WHERE id = $1', [key.id])
    const inserted = yield* run(
      `INSERT INTO x402_answer (id, fingerprint, expires_at, state) VALUES ($1, $2, $3, 'running')
       ON CONFLICT (id) DO NOTHING`,
      [key.id, key.fingerprint.toLowerCase(), encodeAmount(key.expiresAt)],
    )
    // Otherwise another call has claimed it meanwhile.
    if (inserted === 1) return { kind: 'unknown' }
  }
}

/** Keeps an answer. */
export function* completeAnswer(
  key: AnswerKey & { readonly answer: StoredAnswer | undefined },
  seal: AnswerSeal,
): Operation<void> {
  const { answer } = key
  const values =
    answer === undefined
      ? ['lost', null, null, null]
      : ['answered', answer.status, JSON.stringify(answer.headers), seal.seal(answer.body, labelOf(key))]
  yield* run(
    `UPDATE x402_answer SET state = $1, status = $2, headers = $3, body = $4
     WHERE id = $5 AND fingerprint = $6 AND state = 'running'`,
    [...values, key.id, key.fingerprint.toLowerCase()],
  )
}

/** Gives an identifier back. */
export function* abandonAnswer(key: AnswerKey): Operation<void> {
  yield* run("DELETE FROM x402_answer WHERE id = $1 AND fingerprint = $2 AND state = 'running'", [
    key.id,
    key.fingerprint.toLowerCase(),
  ])
}

/** Forgets answers that nobody can ask for any more. */
export function* sweepAnswers(now: bigint): Operation<number> {
  return yield* run('DELETE FROM x402_answer WHERE expires_at < $1', [encodeAmount(now)])
}

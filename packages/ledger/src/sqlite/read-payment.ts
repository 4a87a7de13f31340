import { intentOf } from '../engine/read-intent.js'
import { paymentRecordOf } from '../engine/read-payment-rows.js'
import { countOf, hexOf, integerOf } from '../engine/row.js'
import type { Hex, Intent, LookupOptions, PaymentRecord } from '../ledger.js'
import type { Connection } from './connection.js'
import { INTENT_COLUMNS } from './intents.js'

const RECEIPT_WITH_SALTS = `SELECT receipt.*, salt_request, salt_response, salt_upstream_request, salt_terms
  FROM receipt JOIN payment_attempt USING (payment_id, attempt)`

/** Payments with their payloads, as a table. */
export const WHOLE_PAYMENTS = `(SELECT payment.*,
  (SELECT payload FROM payment_payload WHERE payment_payload.payment_id = payment.id) AS payload FROM payment)`

/** Builds the record of one payment; with `digest`, its receipt is that one instead of the newest. */
export function readPayment(
  connection: Connection,
  paymentHash: Hex,
  { digest, withAnswer = true }: LookupOptions & { readonly digest?: Hex } = {},
): PaymentRecord | null {
  const row = connection.get(`SELECT * FROM ${WHOLE_PAYMENTS} WHERE payment_hash = ?`, [paymentHash])
  if (row === undefined) return null
  const id = integerOf(row, 'id')
  const current = connection.get('SELECT * FROM payment_attempt WHERE payment_id = ? AND attempt = ?', [
    id,
    countOf(row, 'attempt'),
  ])
  if (current === undefined) return null
  const receiptRow =
    digest === undefined
      ? connection.get(`${RECEIPT_WITH_SALTS} WHERE receipt.payment_id = ? ORDER BY attempt DESC LIMIT 1`, [id])
      : connection.get(`${RECEIPT_WITH_SALTS} WHERE receipt.digest = ?`, [digest])
  const answerRow =
    receiptRow === undefined || !withAnswer
      ? undefined
      : connection.get('SELECT bytes FROM answer WHERE receipt_id = ?', [integerOf(receiptRow, 'id')])
  const intents: readonly Intent[] = connection
    .all(`SELECT ${INTENT_COLUMNS} FROM intent WHERE payment_id = ? ORDER BY id`, [id])
    .map(intentOf)
  return paymentRecordOf({ payment: row, attempt: current, receipt: receiptRow, answer: answerRow, intents })
}

/** Finds the payment that a receipt digest belongs to. */
export function readPaymentByDigest(
  connection: Connection,
  digest: Hex,
  options: LookupOptions = {},
): PaymentRecord | null {
  const row = connection.get(
    'SELECT payment_hash FROM receipt JOIN payment ON payment.id = receipt.payment_id WHERE digest = ?',
    [digest],
  )
  return row === undefined ? null : readPayment(connection, hexOf(row, 'payment_hash'), { ...options, digest })
}

import { INTENT_COLUMNS, intentOf } from '../engine/read-intent.js'
import { paymentRecordOf } from '../engine/read-payment-rows.js'
import { hexOf, integerOf } from '../engine/row.js'
import type { Hex, LookupOptions, PaymentRecord } from '../ledger.js'
import type { Transaction } from './connection.js'

const RECEIPT_WITH_SALTS = `SELECT receipt.*, salt_request, salt_response, salt_upstream_request, salt_terms
  FROM receipt JOIN payment_attempt USING (payment_hash, attempt)`

/** Builds the record of one payment; with `digest`, its receipt is that one instead of the newest. */
export async function readPayment(
  transaction: Transaction,
  paymentHash: Hex,
  { digest, withAnswer = true }: LookupOptions & { readonly digest?: Hex } = {},
): Promise<PaymentRecord | null> {
  const payment = await transaction.get('SELECT * FROM payment WHERE payment_hash = $1', [paymentHash])
  if (payment === undefined) return null
  const attempt = await transaction.get('SELECT * FROM payment_attempt WHERE payment_hash = $1 AND attempt = $2', [
    paymentHash,
    integerOf(payment, 'attempt'),
  ])
  if (attempt === undefined) return null
  const receipt =
    digest === undefined
      ? await transaction.get(`${RECEIPT_WITH_SALTS} WHERE receipt.payment_hash = $1 ORDER BY attempt DESC LIMIT 1`, [
          paymentHash,
        ])
      : await transaction.get(`${RECEIPT_WITH_SALTS} WHERE receipt.digest = $1`, [digest])
  const answer =
    receipt === undefined || !withAnswer
      ? undefined
      : await transaction.get('SELECT bytes FROM answer WHERE digest = $1', [hexOf(receipt, 'digest')])
  const intents = await transaction.all(`SELECT ${INTENT_COLUMNS} FROM intent WHERE payment_hash = $1 ORDER BY id`, [
    paymentHash,
  ])
  return paymentRecordOf({ payment, attempt, receipt, answer, intents: intents.map(intentOf) })
}

/** Finds the payment that a receipt digest belongs to. */
export async function readPaymentByDigest(
  transaction: Transaction,
  digest: Hex,
  options: LookupOptions = {},
): Promise<PaymentRecord | null> {
  const row = await transaction.get('SELECT payment_hash FROM receipt WHERE digest = $1', [digest])
  return row === undefined ? null : readPayment(transaction, hexOf(row, 'payment_hash'), { ...options, digest })
}

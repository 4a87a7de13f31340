import type { Hex, Intent, OutcomeCode, PaymentRecord, Salts, StoredReceipt } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { INTENT_COLUMNS, intentOf } from './read-intent.js'
import {
  addressOf,
  amountOf,
  bytesOf,
  countOf,
  hexOf,
  integerOf,
  integerOrNull,
  oneOf,
  type Row,
  textOf,
  textOrNull,
} from './row.js'

const OUTCOMES: readonly OutcomeCode[] = [0, 1, 2, 3, 4]

/** Reads the salts of an attempt's row. */
function saltsOf(row: Row): Salts {
  return {
    request: hexOf(row, 'salt_request'),
    response: hexOf(row, 'salt_response'),
    upstreamRequest: hexOf(row, 'salt_upstream_request'),
    terms: hexOf(row, 'salt_terms'),
  }
}

function receiptOf(row: Row): StoredReceipt {
  const outcome = OUTCOMES[countOf(row, 'outcome')]
  if (outcome === undefined) throw new LedgerError('CORRUPT', 'stored column outcome is not an outcome code')
  return {
    digest: hexOf(row, 'digest'),
    attempt: countOf(row, 'attempt'),
    logId: hexOf(row, 'log_id'),
    leafIndex: countOf(row, 'leaf_index'),
    receiptJson: textOf(row, 'receipt_json'),
    termsJson: textOf(row, 'terms_json'),
    signature: hexOf(row, 'signature'),
    salts: saltsOf(row),
    charged: amountOf(row, 'charged'),
    outcome,
    finishedAt: integerOf(row, 'finished_at'),
  }
}

const RECEIPT_WITH_SALTS = `SELECT receipt.*, salt_request, salt_response, salt_upstream_request, salt_terms
  FROM receipt JOIN payment_attempt USING (payment_hash, attempt)`

/** Builds the record of one payment; with `digest`, its receipt is that one instead of the newest. */
export function readPayment(connection: Connection, paymentHash: Hex, digest?: Hex): PaymentRecord | null {
  const row = connection.get('SELECT * FROM payment WHERE payment_hash = ?', [paymentHash])
  if (row === undefined) return null
  const attempt = countOf(row, 'attempt')
  const current = connection.get('SELECT * FROM payment_attempt WHERE payment_hash = ? AND attempt = ?', [
    paymentHash,
    attempt,
  ])
  if (current === undefined) return null
  const receiptRow =
    digest === undefined
      ? connection.get(`${RECEIPT_WITH_SALTS} WHERE receipt.payment_hash = ? ORDER BY attempt DESC LIMIT 1`, [
          paymentHash,
        ])
      : connection.get(`${RECEIPT_WITH_SALTS} WHERE receipt.digest = ?`, [digest])
  const receipt = receiptRow === undefined ? null : receiptOf(receiptRow)
  const answerRow =
    receipt === null ? undefined : connection.get('SELECT bytes FROM answer WHERE digest = ?', [receipt.digest])
  const intents: readonly Intent[] = connection
    .all(`SELECT ${INTENT_COLUMNS} FROM intent WHERE payment_hash = ? ORDER BY id`, [paymentHash])
    .map(intentOf)
  return {
    paymentHash: hexOf(row, 'payment_hash'),
    chainId: integerOf(row, 'chain_id'),
    nonceContract: addressOf(row, 'nonce_contract'),
    payer: addressOf(row, 'payer'),
    nonce: hexOf(row, 'nonce'),
    requestHash: hexOf(row, 'request_hash'),
    scheme: textOf(row, 'scheme'),
    network: textOf(row, 'network'),
    asset: addressOf(row, 'asset'),
    payTo: addressOf(row, 'pay_to'),
    authorized: amountOf(row, 'authorized'),
    validBefore: amountOf(row, 'valid_before'),
    mode: oneOf(row, 'mode', ['VANILLA', 'TEE']),
    settlement: oneOf(row, 'settlement', ['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH']),
    payload: textOf(row, 'payload'),
    state: oneOf(row, 'state', ['reserved', 'released', 'finished']),
    attempt,
    leaseUntil: integerOrNull(row, 'lease_until'),
    salts: saltsOf(current),
    progress: textOrNull(current, 'progress'),
    reason: textOrNull(current, 'reason'),
    receipt,
    answer: answerRow === undefined ? null : bytesOf(answerRow, 'bytes'),
    intents,
    money: oneOf(row, 'money', ['none', 'pending', 'settled', 'debt']),
  }
}

/** Finds the payment that a receipt digest belongs to. */
export function readPaymentByDigest(connection: Connection, digest: Hex): PaymentRecord | null {
  const row = connection.get('SELECT payment_hash FROM receipt WHERE digest = ?', [digest])
  return row === undefined ? null : readPayment(connection, hexOf(row, 'payment_hash'), digest)
}

import type { Intent, OutcomeCode, PaymentRecord, Salts, StoredReceipt } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
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

/** The rows that make a payment's record. */
export interface PaymentRows {
  readonly payment: Row
  /** The newest attempt. */
  readonly attempt: Row
  /** With the four salts of its attempt. */
  readonly receipt: Row | undefined
  readonly answer: Row | undefined
  readonly intents: readonly Intent[]
}

/** Builds the record of one payment. */
export function paymentRecordOf(rows: PaymentRows): PaymentRecord {
  const row = rows.payment
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
    attempt: countOf(row, 'attempt'),
    leaseUntil: integerOrNull(row, 'lease_until'),
    salts: saltsOf(rows.attempt),
    progress: textOrNull(rows.attempt, 'progress'),
    reason: textOrNull(rows.attempt, 'reason'),
    receipt: rows.receipt === undefined ? null : receiptOf(rows.receipt),
    answer: rows.answer === undefined ? null : bytesOf(rows.answer, 'bytes'),
    intents: rows.intents,
    money: oneOf(row, 'money', ['none', 'pending', 'settled', 'debt']),
  }
}

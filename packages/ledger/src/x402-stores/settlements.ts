import { getAddress } from 'viem'
import {
  addressOf,
  amountOf,
  encodeAmount,
  hexOf,
  hexOrNull,
  integerOf,
  oneOf,
  type Row,
  textOf,
  textOrNull,
} from '../engine/row.js'
import type { Hex } from '../ledger.js'
import { all, get, type Operation, run } from './statements.js'
import type { SettlementQuestion, SettlementRecord, SettlementStore } from './stores.js'

const STATES = ['open', 'settled', 'failed'] as const

type End = Parameters<SettlementStore['conclude']>[1]

function recordOf(row: Row): SettlementRecord {
  const payer = hexOrNull(row, 'payer')
  return {
    paymentHash: hexOf(row, 'payment_hash'),
    scheme: textOf(row, 'scheme'),
    network: textOf(row, 'network'),
    payer: payer === null ? undefined : getAddress(payer),
    payTo: addressOf(row, 'pay_to'),
    asset: addressOf(row, 'asset'),
    amount: amountOf(row, 'amount'),
    state: oneOf(row, 'state', STATES),
    transaction: hexOrNull(row, 'tx') ?? undefined,
    reason: textOrNull(row, 'reason') ?? undefined,
    question: textOrNull(row, 'question') ?? undefined,
    createdAt: integerOf(row, 'created_at'),
    updatedAt: integerOf(row, 'updated_at'),
  }
}

/** Records a question. */
export function* beginSettlement(input: SettlementQuestion, now: bigint): Operation<void> {
  yield* run(
    `INSERT INTO x402_settlement
       (payment_hash, scheme, network, payer, pay_to, asset, amount, state, question, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $9)
     ON CONFLICT (payment_hash) DO UPDATE SET state = 'open', amount = excluded.amount, question = excluded.question,
       reason = NULL, updated_at = excluded.updated_at
     WHERE x402_settlement.state <> 'settled'`,
    [
      input.paymentHash.toLowerCase(),
      input.scheme,
      input.network,
      input.payer?.toLowerCase() ?? null,
      input.payTo.toLowerCase(),
      input.asset.toLowerCase(),
      encodeAmount(input.amount),
      input.question,
      now,
    ],
  )
}

/** Records an answer. */
export function* concludeSettlement(paymentHash: Hex, end: End, now: bigint): Operation<void> {
  yield* run(
    `UPDATE x402_settlement SET state = $2, tx = coalesce($3, tx), reason = $4, amount = coalesce($5, amount),
       updated_at = $6, question = CASE WHEN CAST($2 AS TEXT) = 'open' THEN question ELSE NULL END
     WHERE payment_hash = $1 AND (state <> 'settled' OR CAST($2 AS TEXT) = 'settled')`,
    [
      paymentHash.toLowerCase(),
      end.state,
      end.transaction?.toLowerCase() ?? null,
      end.reason ?? null,
      end.amount === undefined ? null : encodeAmount(end.amount),
      now,
    ],
  )
}

/** Reads a settlement. */
export function* findSettlement(paymentHash: Hex): Operation<SettlementRecord | undefined> {
  const row = yield* get('SELECT * FROM x402_settlement WHERE payment_hash = $1', [paymentHash.toLowerCase()])
  return row === undefined ? undefined : recordOf(row)
}

/** Open settlements, oldest first. */
export function* listOpenSettlements(input: {
  readonly untouchedSince: bigint
  readonly limit: number
}): Operation<readonly SettlementRecord[]> {
  const rows = yield* all(
    "SELECT * FROM x402_settlement WHERE state = 'open' AND updated_at <= $1 ORDER BY updated_at, payment_hash LIMIT $2",
    [input.untouchedSince, input.limit],
  )
  return rows.map(recordOf)
}

/** Forgets settlements that ended before a time. */
export function* sweepSettlements(before: bigint): Operation<number> {
  return yield* run("DELETE FROM x402_settlement WHERE state <> 'open' AND updated_at < $1", [before])
}

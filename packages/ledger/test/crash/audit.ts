import { createLog } from '@og/settlement'
import type { Address, Hex, Ledger, PaymentRecord } from '../../src/ledger.js'
import { LOG_ID, payment } from '../conformance/fixtures.js'
import { COUNTER } from '../counter.js'

/** What must hold when everything has come to rest, each by its name. */
export type AuditRule =
  | 'GRANTED_ONCE'
  | 'UPSTREAM_WITHIN_GRANTS'
  | 'EVERY_PAYMENT_FINISHED'
  | 'CHARGED_ONCE'
  | 'EVERY_RECEIPT_A_LEAF'
  | 'EVERY_RECEIPT_HAS_ITS_INTENTS'
  | 'SETTLED_ONCE'
  | 'FAILED_WITHOUT_EFFECT'
  | 'NOTHING_OPEN'
  | 'FINAL_STAYS_ON_CHAIN'
  | 'NO_NONCE_GAP'
  | 'EXPOSURE_IS_WHAT_IS_OWED'

/** A rule that does not hold, and where. */
export interface Violation {
  readonly rule: AuditRule
  readonly detail: string
}

/** The three books: store, chain, upstream. */
export interface AuditInput {
  readonly ledger: Ledger
  readonly chainId: bigint
  readonly chain: {
    countOf(id: Hex): Promise<number>
    nonceOf(address: Address): Promise<number>
    receiptOf(hash: Hex): Promise<{ readonly blockNumber: bigint; readonly status: string } | null>
  }
  readonly upstreamCalls: ReadonlyMap<string, number>
  /** `name attempt`, as the processes said them when they were granted. */
  readonly grants: readonly string[]
  readonly names: readonly string[]
  readonly lanes: readonly Address[]
}

/** Compares the three books with each other, after everything has come to rest. */
export async function audit(input: AuditInput): Promise<readonly Violation[]> {
  const { ledger, chain, chainId } = input
  const violations: Violation[] = []
  const require = (holds: boolean, rule: AuditRule, detail: string): void => {
    if (!holds) violations.push({ rule, detail })
  }
  const times = new Map<string, number>()
  for (const grant of input.grants) times.set(grant, (times.get(grant) ?? 0) + 1)
  for (const [grant, many] of times) require(many === 1, 'GRANTED_ONCE', `${grant}: ${many} times`)
  for (const [grant, calls] of input.upstreamCalls)
    require(calls === 1 && times.has(grant), 'UPSTREAM_WITHIN_GRANTS', `${grant}: ${calls} calls`)

  const leaves = await ledger.leaves(LOG_ID, 0, input.names.length + 1_000)
  let owed = 0n
  let receipts = 0

  async function auditPayment(name: string, record: PaymentRecord): Promise<void> {
    const { receipt, intents } = record
    require(record.state === 'finished' && receipt !== null, 'EVERY_PAYMENT_FINISHED', `${name} is ${record.state}`)
    if (receipt === null) return
    receipts += 1
    require(leaves[receipt.leafIndex] === receipt.digest, 'EVERY_RECEIPT_A_LEAF', `${name} at ${receipt.leafIndex}`)
    require(receipt.attempt === record.attempt && receipt.charged === 700n, 'CHARGED_ONCE', name)
    require(input.upstreamCalls.has(`${name} ${receipt.attempt}`), 'UPSTREAM_WITHIN_GRANTS', `${name}: never asked`)
    const kinds = intents
      .map(({ kind }) => kind)
      .sort()
      .join(' ')
    require(kinds === 'payment record', 'EVERY_RECEIPT_HAS_ITS_INTENTS', `${name}: "${kinds}"`)
    for (const { kind, state, dedupeKey } of intents) {
      const where = `${kind} of ${name}`
      const effects = await chain.countOf(dedupeKey)
      require(effects <= 1, 'SETTLED_ONCE', `${where}: ${effects} effects`)
      if (state === 'done') require(effects === 1, 'SETTLED_ONCE', `${where}: done with ${effects} effects`)
      else if (state === 'failed') require(effects === 0, 'FAILED_WITHOUT_EFFECT', `${where}: ${effects} effects`)
      else require(false, 'NOTHING_OPEN', `${where} is ${state}`)
      if (state === 'failed' && kind === 'payment') owed += receipt.charged
      const job = await ledger.job(
        await ledger.submitJob({ chainId, dedupeKey, to: COUNTER, data: dedupeKey, queue: 'audit' }),
      )
      if (job?.state !== 'final' || job.transaction === null) continue
      const found = await chain.receiptOf(job.transaction)
      const stays = found?.status === 'success' && found.blockNumber === job.blockNumber
      require(stays, 'FINAL_STAYS_ON_CHAIN', `${where}: ${found === null ? 'gone' : `in block ${found.blockNumber}`}`)
    }
  }

  for (const name of input.names) {
    const record = await ledger.lookup(payment(name).paymentHash)
    require(record !== null, 'EVERY_PAYMENT_FINISHED', `${name} is unknown`)
    if (record !== null) await auditPayment(name, record)
  }
  require(leaves.length === receipts, 'CHARGED_ONCE', `${leaves.length} leaves, ${receipts} receipts`)
  const sealed = await ledger.sealBatch(LOG_ID)
  const root = createLog(leaves).root()
  require(sealed === null || sealed.root === root, 'EVERY_RECEIPT_A_LEAF', 'the sealed root is not that of the leaves')

  for (const address of input.lanes) {
    const lane = await ledger.openLane({ chainId, address, chainNonce: 0 })
    const nonce = await chain.nonceOf(address)
    const agree = lane.state === 'ok' && lane.nextNonce === nonce && lane.finalNonce === nonce
    require(agree, 'NO_NONCE_GAP', `${address}: chain ${nonce}, next ${lane.nextNonce}, final ${lane.finalNonce}, ${lane.state}`)
  }
  const { asset, payer } = payment('any')
  const exposure = await ledger.exposure({ chainId, asset, payer })
  require(exposure === owed, 'EXPOSURE_IS_WHAT_IS_OWED', `${exposure} instead of ${owed}`)
  return violations
}

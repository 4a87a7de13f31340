import { expect } from 'vitest'
import { encodeAmount } from '../src/engine/row.js'
import type { Ledger } from '../src/ledger.js'
import { hash, LOG_ID, PAYEE, payment, result, START } from './conformance/fixtures.js'

const PAYLOAD = JSON.stringify({ x402Version: 2, text: 'of the seventh version '.repeat(5) })
const BODY = `{"payload":${PAYLOAD},"charged":"700"}`

/** A payment that runs, one that was given back and one that is owed and to be recorded, and a job, as SQL for tables of the seventh version. */
export function rowsOfVersion7(): string {
  const text = (value: string) => `'${value}'`
  const name = (word: string) => text(hash(word))
  const amount = (value: bigint) => text(encodeAmount(value))
  const { chainId, asset, payer, payTo, nonceContract } = payment('any')
  const [token, from, to, contract] = [asset, payer, payTo, nonceContract].map((value) => text(value.toLowerCase()))
  const paid = (id: number, word: string, state: string, outstanding: bigint, money: string) =>
    `INSERT INTO payment VALUES (${id}, ${name(`${word} payment`)}, ${chainId}, ${contract}, ${from}, ${name(`${word} nonce`)},
       ${name(`${word} body`)}, 'exact', 'eip155:84532', ${token}, ${to}, ${amount(1_000n)}, ${amount(START + 600n)}, 'TEE',
       'SETTLE_BATCH', ${text(PAYLOAD)}, '${state}', 1, ${state === 'reserved' ? START + 60n : 'NULL'}, ${amount(outstanding)}, '${money}', 5);
     INSERT INTO payment_attempt VALUES (${id}, 1, ${name('a')}, ${name('b')}, ${name('c')}, ${name('d')},
       ${state === 'reserved' ? "'12 events'" : 'NULL'}, NULL, 5, 6)`
  const intent = (id: number, kind: string, key: string, body: string) =>
    `INSERT INTO intent (id, kind, dedupe_key, body, state, payment_id, attempt, deadline, run_at, claim, created_at)
       VALUES (${id}, '${kind}', ${name(key)}, ${text(body)}, 'queued', 3, 1, ${amount(99n)}, 6, 0, 6)`
  return [
    paid(1, 'runs', 'reserved', 1_000n, 'none'),
    paid(2, 'back', 'released', 0n, 'none'),
    paid(3, 'owed', 'finished', 700n, 'pending'),
    `INSERT INTO exposure VALUES (${chainId}, ${token}, ${from}, ${amount(1_700n)}, ${amount(5n)})`,
    `INSERT INTO log VALUES ('${LOG_ID}', 1)`,
    `INSERT INTO leaf VALUES ('${LOG_ID}', 0, ${name('owed receipt 1')}, 6)`,
    `INSERT INTO receipt VALUES (9, ${name('owed receipt 1')}, 3, 1, '${LOG_ID}', 0, '{"attempt":1}', '{}', '0x01', ${amount(700n)}, 0, 6)`,
    "INSERT INTO answer VALUES (9, x'0102', 6)",
    intent(4, 'payment', 'owed payment', BODY),
    intent(5, 'record', 'owed receipt 1', '{"record":1}'),
    `INSERT INTO relay_job VALUES (7, ${chainId}, ${name('job')}, ${to}, '0x01', NULL, 'bound', ${from}, 0, ${name('sent')}, NULL, 0, 1, NULL, 1,
       'q', ${amount(1n)}, ${amount(2n)})`,
    `INSERT INTO lane VALUES (${chainId}, ${from}, 1, 0, 0, 'ok', NULL)`,
    `INSERT INTO relay_attempt VALUES (${chainId}, ${from}, 0, 0, 7, ${name('sent')}, '0x02', ${amount(9n)}, ${amount(9n)}, ${amount(1n)}, 1, NULL, NULL)`,
  ].join(';\n')
}

/** What those rows must be after the migration, and that work on them goes on. */
export async function checkVersion7(ledger: Ledger): Promise<void> {
  const [runs, back, owed] = [payment('runs'), payment('back'), payment('owed')]
  expect(await ledger.lookup(runs.paymentHash)).toMatchObject({
    state: 'reserved',
    payload: PAYLOAD,
    progress: '12 events',
  })
  expect(await ledger.lookupDigest(hash('owed receipt 1'))).toMatchObject({
    state: 'finished',
    money: 'pending',
    payload: PAYLOAD,
    receipt: { leafIndex: 0, charged: 700n },
    answer: Uint8Array.of(1, 2),
    intents: [
      { kind: 'payment', dedupeKey: owed.paymentHash, body: BODY, paymentHash: owed.paymentHash },
      { kind: 'record', body: '{"record":1}' },
    ],
  })
  expect(await ledger.reserve(owed)).toMatchObject({ kind: 'finished' })
  expect(await ledger.reserve(runs)).toMatchObject({ kind: 'running' })
  expect(await ledger.reserve(payment('other', { nonce: runs.nonce }))).toMatchObject({ kind: 'conflict' })
  // The same key stays taken, and so does the payment's.
  await expect(
    ledger.finish(
      result('runs', 1, { intents: [{ kind: 'payment', dedupeKey: owed.paymentHash, body: '{"pay":1}' }] }),
    ),
  ).rejects.toMatchObject({ code: 'DUPLICATE' })
  const body = `{"payload":${PAYLOAD},"charged":"600"}`
  await ledger.finish(
    result('runs', 1, { charged: 600n, intents: [{ kind: 'payment', dedupeKey: runs.paymentHash, body }] }),
  )
  expect(await ledger.lookup(runs.paymentHash)).toMatchObject({ progress: null, intents: [{ body }] })
  expect(await ledger.reserve({ ...back, payload: '{"again":1}' })).toMatchObject({ kind: 'granted', attempt: 2 })
  expect(await ledger.lookup(back.paymentHash)).toMatchObject({ payload: '{"again":1}', attempt: 2 })

  const claimed = await ledger.claimIntents({ kind: 'payment', limit: 9, leaseSeconds: 9n })
  expect(claimed).toMatchObject([
    { id: 4, state: 'claimed', claim: 1, body: BODY },
    { state: 'claimed', claim: 1, body },
  ])
  for (const { id } of claimed) await ledger.completeIntent(id, { transaction: hash('tx'), result: '' })
  const { chainId, asset, payer } = owed
  expect(await ledger.paid({ chainId, asset, payer })).toBe(1_305n)
  expect(await ledger.exposure({ chainId, asset, payer })).toBe(1_000n)

  expect(await ledger.job(7)).toMatchObject({ state: 'bound', deadline: 2n })
  expect(await ledger.slots({ chainId, address: payer })).toMatchObject([
    { nonce: 0, attempts: [{ hash: hash('sent') }] },
  ])
  expect(await ledger.submitJob({ chainId, dedupeKey: hash('next'), to: PAYEE, data: '0x01' })).toBe(8)
  expect(await ledger.sealBatch(LOG_ID)).toMatchObject({ size: 2 })
}

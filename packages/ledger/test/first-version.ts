import { expect } from 'vitest'
import type { Ledger } from '../src/ledger.js'
import { hash, PAYER } from './conformance/fixtures.js'

const LANE = { chainId: 84_532n, address: PAYER } as const

/** A lane with one transaction on its way, as SQL for tables of the first version. */
export function rowsOfVersion1(amount: string, raw: string): string {
  const lane = `84532, '${PAYER.toLowerCase()}'`
  return `INSERT INTO lane VALUES (${lane}, 1, 0, 0, 'ok', NULL);
    INSERT INTO relay_job VALUES (7, 84532, '${hash('old')}', '${PAYER.toLowerCase()}', '0x01', NULL, 'bound',
      '${PAYER.toLowerCase()}', 0, '${hash('sent')}', NULL, 0, 1, NULL, 1);
    INSERT INTO relay_attempt VALUES (${lane}, 0, 0, 7, '${hash('sent')}', '${raw}', ${amount}, ${amount}, ${amount}, 1, NULL, NULL)`
}

/** What those rows must be after the migration: the same, and from now on jobs may share a nonce. */
export async function checkVersion1(ledger: Ledger): Promise<void> {
  expect(await ledger.slots(LANE)).toMatchObject([
    { nonce: 0, jobs: [{ id: 7, state: 'bound' }], attempts: [{ hash: hash('sent'), gas: 10n }] },
  ])
  const submit = (name: string) =>
    ledger.submitJob({ chainId: LANE.chainId, dedupeKey: hash(name), to: PAYER, data: '0x01' })
  const jobIds = [await submit('a'), await submit('b')]
  expect(await submit('old')).toBe(7)
  const attempt = { hash: hash('group'), raw: '0x02', gas: 9n, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n } as const
  expect(await ledger.allocate({ ...LANE, nonce: 1, jobIds, attempt })).toBe(true)
  expect((await ledger.slots(LANE)).map(({ jobs }) => jobs.length)).toEqual([1, 2])
}

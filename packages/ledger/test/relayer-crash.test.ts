import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { chainForTest } from './chain-fixture.js'
import { hash } from './conformance/fixtures.js'
import { COUNTER } from './counter.js'
import { spawnProgram } from './programs/spawn-program.js'

// One death in every gap of the relayer's way, then a run that finishes; the chain is the judge.
const DEATHS = [
  'submitJob:committed#5',
  'relayer:signed#2',
  'allocate:nonce#2',
  'allocate:job',
  'allocate:applied',
  'allocate:committed#2',
  'relayer:allocated#2',
  'relayer:sent#2',
  'markSent:applied',
  'observe:applied',
  'relayer:observed#2',
  'finalize:lane',
  'finalize:applied#2',
  'relayer:finalized#3',
]

test('behavior: SIGKILL in every gap: each job exactly once, no nonce lost, no gap', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'og-relayer-crash-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const chain = await chainForTest({ blockTimeSeconds: 0.2 })
  const names = Array.from({ length: 24 }, (_, i) => `job ${i}`)
  const parameters = {
    path: join(folder, 'ledger.db'),
    rpcUrl: chain.chain.rpcUrl,
    chainId: `${chain.chain.chainId}`,
    keys: [0, 1].map((index) => chain.chain.accounts[index]?.privateKey),
    counter: COUNTER,
    names,
  }
  const signals: (string | null)[] = []
  for (const killAt of DEATHS) {
    const end = await spawnProgram(new URL('./programs/relay-jobs.ts', import.meta.url), { ...parameters, killAt })
      .ended
    expect(end.errors, killAt).toBe('')
    signals.push(end.signal)
  }
  // Each run makes progress, so the last deaths may find nothing left to die at; most must have happened.
  expect(signals.filter((signal) => signal === 'SIGKILL').length).toBeGreaterThanOrEqual(10)
  const end = await spawnProgram(new URL('./programs/relay-jobs.ts', import.meta.url), parameters).ended
  expect(end).toMatchObject({ code: 0, errors: '', lines: ['done'] })

  const ledger = openLedger({ path: parameters.path })
  onTestFinished(() => ledger.close())
  const bound = new Set<string>()
  for (const name of names) {
    expect(await chain.countOf(hash(name)), name).toBe(1)
    const id = await ledger.submitJob({
      chainId: BigInt(chain.chain.chainId),
      dedupeKey: hash(name),
      to: COUNTER,
      data: hash(name),
    })
    const job = await ledger.job(id)
    expect(job?.state).toBe('final')
    bound.add(`${job?.signer} ${job?.nonce}`)
  }
  expect(bound.size).toBe(names.length)
  let total = 0
  for (const index of [0, 1]) {
    const { address } = chain.account(index)
    const nonce = await chain.nonceOf(address)
    total += nonce
    expect(await ledger.openLane({ chainId: BigInt(chain.chain.chainId), address, chainNonce: 0 })).toMatchObject({
      nextNonce: nonce,
      finalNonce: nonce,
      state: 'ok',
    })
  }
  expect(total).toBe(names.length)
}, 300_000)

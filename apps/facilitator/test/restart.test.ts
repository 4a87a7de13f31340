import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Chain, deployPaymentContracts, type PaymentContracts, sendRpc, startChain } from '@og/devchain'
import type { Address } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ChildProgram, startProgram } from '../../devnet/src/child-program.js'
import { ask, createPaymentWorld, type PaymentWorld } from './payments.js'

let chain: Chain
let contracts: PaymentContracts
let world: PaymentWorld
let folder: string
let program: ChildProgram | undefined
const log: string[] = []

interface Started {
  readonly url: string
  readonly address: Address
  readonly facilitatorAddress: Address
}

/** Starts the facilitator as a process of its own, always on the same ledger. */
async function start(flags: readonly string[] = []): Promise<Started> {
  const configFile = join(folder, 'facilitator.json')
  writeFileSync(
    configFile,
    JSON.stringify({
      port: 0,
      rpcUrl: chain.rpcUrl,
      chainId: chain.chainId,
      privateKey: chain.accounts[1]?.privateKey,
      ledgerPath: join(folder, 'facilitator.db'),
      assets: [contracts.token],
      // Two payments fill a batch: however slowly the four of them come in, they make two.
      batch: { contract: 'deploy', windowMs: 5_000, maxItems: 2 },
    }),
  )
  program = await startProgram({ name: '@og/facilitator', configFile, flags, onLog: (line) => log.push(line) })
  const { url, address, facilitatorAddress } = program.ready as unknown as Started
  return { url, address, facilitatorAddress }
}

beforeAll(async () => {
  // Its flags would be inherited by the program under test.
  const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
  process.execArgv.splice(0, process.execArgv.length, '--conditions=@og/source', '--import', pathToFileURL(loader).href)
  folder = mkdtempSync(join(tmpdir(), 'og-facilitator-restart-'))
  chain = await startChain()
  contracts = await deployPaymentContracts(chain)
  world = createPaymentWorld(chain, contracts)
}, 60_000)
afterAll(async () => {
  await program?.stop()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('kill -9 with two batches under way: after the restart each payment is settled once, though nobody asks again', async () => {
  const { url, address, facilitatorAddress } = await start()
  const payers = []
  for (const permit2 of [false, true, false, true]) payers.push(await world.payer({ tokens: 10_000n, permit2 }))
  const questions = await Promise.all(
    payers.map((payer, at) =>
      world.question({ payer, scheme: at % 2 === 1 ? 'upto' : 'exact', facilitator: facilitatorAddress }),
    ),
  )
  const before = await world.sentBy(address)
  await sendRpc(chain, 'evm_setAutomine', false)
  const broken = questions.map((question) => ask(url, '/settle', question).catch(() => 'broken'))
  await expect
    .poll(async () => Number(await sendRpc(chain, 'eth_getTransactionCount', address, 'pending')), { timeout: 45_000 })
    .toBe(before + 2)
  await program?.kill()
  expect(await Promise.all(broken)).toEqual(Array(4).fill('broken'))
  expect(await world.sentBy(address)).toBe(before)

  await sendRpc(chain, 'evm_setAutomine', true)
  await sendRpc(chain, 'evm_mine')
  const again = await start()
  expect(again.facilitatorAddress).toBe(facilitatorAddress)
  const hashes = await Promise.all(questions.map((question) => world.paymentHashOf(question)))
  const statuses = async () =>
    Promise.all(hashes.map(async (hash) => (await fetch(`${again.url}/payments/${hash}`)).json()))
  await expect
    .poll(async () => (await statuses()).map(({ status }) => status), { timeout: 45_000 })
    .toEqual(Array(4).fill('settled'))
  for (const payer of payers) expect(await world.transfersFrom(payer.address)).toEqual([1000n])
  expect(await world.sentBy(address)).toBe(before + 2)

  // Who asks gets the transaction of the first life, and nothing is sent.
  const known = await statuses()
  for (const [at, question] of questions.entries()) {
    const { json } = await ask(again.url, '/settle', question)
    expect(json).toMatchObject({ success: true, transaction: known[at].transaction, amount: '1000' })
  }
  expect(await world.sentBy(address)).toBe(before + 2)
  const signatures = questions.map(({ paymentPayload }) => String(paymentPayload.payload['signature']).slice(2))
  for (const signature of signatures) expect(log.join()).not.toContain(signature)
  expect(log.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ message: 'asked open settlements again', count: 4 }),
  )
})

test('a key that was used elsewhere: nothing is sent and it says so once, until its operator starts it with --reopen-lane', async () => {
  await program?.stop()
  const before = await start()
  await sendRpc(chain, 'eth_sendTransaction', { from: before.address, to: before.address })
  await expect
    .poll(async () => (await fetch(`${before.url}/ready`)).json(), { timeout: 30_000 })
    .toEqual({ status: 'not_ready', faults: ['lane_quarantined'] })
  const rounds = async () =>
    /relayer_alarms_total\{alarm="LANE_QUARANTINED"\} (\d+)/.exec(
      await (await fetch(`${before.url}/metrics`)).text(),
    )?.[1]
  await expect.poll(async () => Number(await rounds()), { timeout: 30_000 }).toBeGreaterThan(2)
  expect(log.filter((line) => line.includes('LANE_QUARANTINED'))).toHaveLength(1)
  await program?.stop()

  const { url, facilitatorAddress } = await start(['--reopen-lane'])
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  const payer = await world.payer({ tokens: 10_000n, permit2: false })
  const { json } = await ask(
    url,
    '/settle',
    await world.question({ payer, scheme: 'exact', facilitator: facilitatorAddress }),
  )
  expect(json).toMatchObject({ success: true, amount: '1000' })
})

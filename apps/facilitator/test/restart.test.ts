import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Chain, deployPaymentContracts, sendRpc, startChain } from '@og/devchain'
import type { Address } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ChildProgram, startProgram } from '../../devnet/src/child-program.js'
import { ask, createPaymentWorld, type PaymentWorld } from './payments.js'

let chain: Chain
let world: PaymentWorld
let folder: string
let program: ChildProgram | undefined

/** Starts the facilitator as a process of its own, always on the same ledger. */
async function start(): Promise<{ url: string; address: Address }> {
  const configFile = join(folder, 'facilitator.json')
  writeFileSync(
    configFile,
    JSON.stringify({
      port: 0,
      rpcUrl: chain.rpcUrl,
      chainId: chain.chainId,
      privateKey: chain.accounts[1]?.privateKey,
      ledgerPath: join(folder, 'facilitator.db'),
    }),
  )
  program = await startProgram({ name: '@og/facilitator', configFile, onLog: () => undefined })
  return { url: String(program.ready['url']), address: String(program.ready['address']) as Address }
}

beforeAll(async () => {
  // Its flags would be inherited by the program under test.
  const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
  process.execArgv.splice(0, process.execArgv.length, '--conditions=@og/source', '--import', pathToFileURL(loader).href)
  folder = mkdtempSync(join(tmpdir(), 'og-facilitator-restart-'))
  chain = await startChain()
  world = createPaymentWorld(chain, await deployPaymentContracts(chain))
}, 60_000)
afterAll(async () => {
  await program?.stop()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('kill -9 with settlements under way: after the restart each is one transaction, found again by whoever asks', async () => {
  const { url, address } = await start()
  const payers = await Promise.all([false, true].map((permit2) => world.payer({ tokens: 10_000n, permit2 })))
  const questions = await Promise.all(
    payers.map((payer, at) => world.question({ payer, scheme: at === 1 ? 'upto' : 'exact', facilitator: address })),
  )
  const before = await world.sentBy(address)
  await sendRpc(chain, 'evm_setAutomine', false)
  const broken = questions.map((question) => ask(url, '/settle', question).catch(() => 'broken'))
  await expect
    .poll(async () => Number(await sendRpc(chain, 'eth_getTransactionCount', address, 'pending')), { timeout: 15_000 })
    .toBe(before + 2)
  await program?.kill()
  expect(await Promise.all(broken)).toEqual(['broken', 'broken'])
  expect(await world.sentBy(address)).toBe(before)

  const again = await start()
  const waiting = questions.map((question) => ask(again.url, '/settle', question))
  await new Promise((resolve) => setTimeout(resolve, 300))
  await sendRpc(chain, 'evm_setAutomine', true)
  await sendRpc(chain, 'evm_mine')
  const answers = await Promise.all(waiting)
  expect(answers.map(({ json }) => json)).toMatchObject(questions.map(() => ({ success: true, amount: '1000' })))
  for (const payer of payers) expect(await world.transfersFrom(payer.address)).toEqual([1000n])
  expect(await world.sentBy(address)).toBe(before + 2)

  // A third life knows it too, and sends nothing.
  await program?.stop()
  const third = await start()
  for (const [at, question] of questions.entries()) {
    const { json } = await ask(third.url, '/settle', question)
    expect(json).toMatchObject({ success: true, transaction: answers[at]?.json.transaction })
  }
  expect(await world.sentBy(address)).toBe(before + 2)
})

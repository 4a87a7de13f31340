import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Chain,
  deployPaymentContracts,
  mintToken,
  orderToken,
  type PaymentContracts,
  sendRpc,
  startChain,
} from '@og/devchain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../../packages/ledger/test/postgres-cluster.js'
import { parseConfig, type RunningFacilitator, startFacilitator } from '../src/index.js'
import { ask, createPaymentWorld, type PaymentWorld, type Question } from './payments.js'

let chain: Chain
let contracts: PaymentContracts
let world: PaymentWorld
let folder: string

const configOf = (change: object) =>
  parseConfig({
    port: 0,
    rpcUrl: chain.rpcUrl,
    chainId: chain.chainId,
    privateKey: chain.accounts[1]?.privateKey,
    assets: [contracts.token],
    batch: { contract: 'deploy', windowMs: 150 },
    ...change,
  })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'og-facilitator-batches-'))
  chain = await startChain()
  contracts = await deployPaymentContracts(chain)
  world = createPaymentWorld(chain, contracts)
}, 60_000)
afterAll(async () => {
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Payments of as many payers. */
async function questionsOf(facilitator: RunningFacilitator, schemes: readonly ('exact' | 'upto')[]) {
  const payers = []
  for (const scheme of schemes) payers.push(await world.payer({ tokens: 10_000n, permit2: scheme === 'upto' }))
  const questions = await Promise.all(
    payers.map((payer, at) =>
      world.question({ payer, scheme: schemes[at] ?? 'exact', facilitator: facilitator.facilitatorAddress }),
    ),
  )
  return payers.map((payer, at) => ({ payer, question: questions[at] as Question }))
}

async function statusOf(facilitator: RunningFacilitator, transaction: string): Promise<unknown> {
  const answer = await fetch(`${facilitator.url}/payments/${transaction}`)
  return { http: answer.status, ...((await answer.json()) as object) }
}

describe('SQLite', () => {
  let facilitator: RunningFacilitator
  beforeAll(async () => {
    facilitator = await startFacilitator(configOf({ ledgerPath: join(folder, 'facilitator.db') }))
  })
  afterAll(() => facilitator?.close())

  test('payments at once are two transactions: one through Multicall3, one through the contract', async () => {
    // It waits so long that a busy machine gets all of them into one window.
    const patient = await startFacilitator(
      configOf({
        ledgerPath: join(folder, 'patient.db'),
        privateKey: chain.accounts[6]?.privateKey,
        batch: { contract: 'deploy', windowMs: 3_000 },
      }),
    )
    try {
      const payments = await questionsOf(patient, ['exact', 'exact', 'exact', 'exact', 'upto', 'upto', 'upto'])
      const before = await world.sentBy(patient.address)
      const answers = await Promise.all(payments.map(({ question }) => ask(patient.url, '/settle', question)))
      for (const { json } of answers) expect(json).toMatchObject({ success: true, amount: '1000' })
      for (const { payer } of payments) expect(await world.transfersFrom(payer.address)).toEqual([1000n])
      const hashes = answers.map(({ json }) => json.transaction)
      expect(new Set(hashes.slice(0, 4)).size).toBe(1)
      expect(new Set(hashes.slice(4)).size).toBe(1)
      expect(await world.sentBy(patient.address)).toBe(before + 2)
    } finally {
      await patient.close()
    }
  })

  test('a payment that fails in a batch costs the others nothing', async () => {
    const payments = await questionsOf(facilitator, ['exact', 'upto', 'exact', 'upto'])
    const [bad] = payments
    const [, alsoBad] = payments
    for (const one of [bad, alsoBad]) {
      if (one !== undefined) await orderToken(chain, { order: 'blacklist', account: one.payer.address })
    }
    const answers = await Promise.all(payments.map(({ question }) => ask(facilitator.url, '/settle', question)))
    expect(answers.map(({ json }) => json.success)).toEqual([false, false, true, true])
    expect(await Promise.all(payments.map(({ payer }) => world.transfersFrom(payer.address)))).toEqual([
      [],
      [],
      [1000n],
      [1000n],
    ])
  })

  test('a payment that reverted inside its batch goes out in a new one when it is asked for again', async () => {
    const payer = await world.payer({ tokens: 1000n, permit2: true })
    const question = await world.question({ payer, scheme: 'upto', facilitator: facilitator.facilitatorAddress })
    const before = await world.sentBy(facilitator.address)
    await sendRpc(chain, 'evm_setAutomine', false)
    try {
      const settling = ask(facilitator.url, '/settle', question)
      await expect
        .poll(async () => Number(await sendRpc(chain, 'eth_getTransactionCount', facilitator.address, 'pending')))
        .toBe(before + 1)
      await world.moveAway(payer, 1000n)
      await sendRpc(chain, 'evm_mine')
      expect((await settling).json).toMatchObject({
        success: false,
        errorReason: 'invalid_upto_evm_transaction_failed',
      })
    } finally {
      await sendRpc(chain, 'evm_setAutomine', true)
    }
    await mintToken(chain, { to: payer.address, amount: 1000n })
    expect((await ask(facilitator.url, '/settle', question)).json).toMatchObject({ success: true, amount: '1000' })
    expect(await world.transfersFrom(payer.address)).toEqual([1000n])
    expect(await world.sentBy(facilitator.address)).toBe(before + 2)
  })

  test('the status of a payment: unknown, pending with its transaction, settled', async () => {
    const [payment] = await questionsOf(facilitator, ['exact'])
    if (payment === undefined) throw new Error('no payment')
    const { payer, question, paymentHash } = { ...payment, paymentHash: await world.paymentHashOf(payment.question) }
    expect(await statusOf(facilitator, paymentHash)).toMatchObject({ http: 404 })
    await sendRpc(chain, 'evm_setAutomine', false)
    const settling = ask(facilitator.url, '/settle', question)
    await expect
      .poll(() => statusOf(facilitator, paymentHash), { timeout: 10_000 })
      .toMatchObject({ http: 200, status: 'pending', payer: payer.address, payTo: world.payTo, amount: '1000' })
    await sendRpc(chain, 'evm_setAutomine', true)
    await sendRpc(chain, 'evm_mine')
    const { json } = await settling
    expect(await statusOf(facilitator, paymentHash)).toMatchObject({
      status: 'settled',
      transaction: json.transaction,
      scheme: 'exact',
      network: 'eip155:84532',
    })
  })

  test('a payment that was refused before anything was sent leaves no record', async () => {
    const payer = await world.payer({ tokens: 1n })
    const question = await world.question({ payer, scheme: 'exact', facilitator: facilitator.facilitatorAddress })
    expect((await ask(facilitator.url, '/settle', question)).json.success).toBe(false)
    expect(await statusOf(facilitator, await world.paymentHashOf(question))).toMatchObject({ http: 404 })
  })

  test('a stranger with the nonce of a payment under way does not change its record', async () => {
    const [payment] = await questionsOf(facilitator, ['upto'])
    if (payment === undefined) throw new Error('no payment')
    const { question } = payment
    const paymentHash = await world.paymentHashOf(question)
    await sendRpc(chain, 'evm_setAutomine', false)
    const settling = ask(facilitator.url, '/settle', question)
    await expect
      .poll(() => statusOf(facilitator, paymentHash), { timeout: 10_000 })
      .toMatchObject({ status: 'pending' })
    const { paymentPayload, paymentRequirements } = question
    const forged = {
      ...question,
      paymentPayload: {
        ...paymentPayload,
        payload: { ...paymentPayload.payload, signature: `0x${'11'.repeat(64)}1b` },
      },
      // Another charge, or the question would join the one that is under way.
      paymentRequirements: { ...paymentRequirements, amount: '999' },
    }
    expect((await ask(facilitator.url, '/settle', forged)).json).toMatchObject({
      success: false,
      errorReason: 'invalid_permit2_signature',
    })
    expect(await statusOf(facilitator, paymentHash)).toMatchObject({ status: 'pending', amount: '1000' })
    await sendRpc(chain, 'evm_setAutomine', true)
    await sendRpc(chain, 'evm_mine')
    expect((await settling).json.success).toBe(true)
    expect(await statusOf(facilitator, paymentHash)).toMatchObject({ status: 'settled', amount: '1000' })
  })

  test('a second start finds the contract of the first', async () => {
    const before = await world.sentBy(facilitator.address)
    const { facilitatorAddress } = facilitator
    await facilitator.close()
    facilitator = await startFacilitator(configOf({ ledgerPath: join(folder, 'facilitator.db') }))
    expect(facilitator.facilitatorAddress).toBe(facilitatorAddress)
    expect(await world.sentBy(facilitator.address)).toBe(before)
    const stranger = configOf({
      ledgerPath: join(folder, 'stranger.db'),
      privateKey: chain.accounts[5]?.privateKey,
      batch: { contract: facilitatorAddress },
    })
    await expect(startFacilitator(stranger)).rejects.toThrow(/not one of its operators/)
    const nowhere = { ...stranger, batch: { windowMs: 1, maxItems: 1, contract: world.payTo } }
    await expect(startFacilitator(nowhere)).rejects.toThrow(/no contract/)
  })
})

const cluster = await startCluster()

if ('skipped' in cluster) test.skip(`PostgreSQL: ${cluster.skipped}`)
else {
  afterAll(() => cluster.dispose())

  test('PostgreSQL: two instances with keys of their own settle each payment once, whichever is asked', async () => {
    const [one, two] = await startPair(cluster.connectionString)
    try {
      const payments = await questionsOf(one, ['exact', 'upto', 'exact', 'upto'])
      const asked = payments.flatMap(({ question }) =>
        [one, two].map((instance) => ask(instance.url, '/settle', question)),
      )
      for (const { json } of await Promise.all(asked)) expect(json).toMatchObject({ success: true, amount: '1000' })
      for (const { payer } of payments) expect(await world.transfersFrom(payer.address)).toEqual([1000n])
      const paymentHash = await world.paymentHashOf(payments[0]?.question as Question)
      for (const instance of [one, two]) {
        expect(await statusOf(instance, paymentHash)).toMatchObject({ status: 'settled' })
      }
    } finally {
      await Promise.all([one.close(), two.close()])
    }
  })
}

/** Two instances on one database, through one contract of which both are operators. */
async function startPair(ledgerUrl: string): Promise<readonly [RunningFacilitator, RunningFacilitator]> {
  const [, , second, third] = chain.accounts
  const one = await startFacilitator(
    configOf({
      ledgerUrl,
      privateKey: second?.privateKey,
      batch: { contract: 'deploy', windowMs: 20, operators: [third?.address] },
    }),
  )
  const two = await startFacilitator(
    configOf({
      ledgerUrl,
      privateKey: third?.privateKey,
      batch: { contract: one.facilitatorAddress, windowMs: 20 },
    }),
  )
  return [one, two]
}

import { mintToken, tokenBalance } from '@og/devchain'
import { encodeFunctionData, erc20Abi, parseAbi } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAuthorization } from '../src/evm/authorization.js'
import { createFairQueue } from '../src/evm/batch-queue.js'
import {
  type BatchStore,
  type BatchWriterOptions,
  createBatchWriter,
  type StoredBatch,
} from '../src/evm/batch-writer.js'
import type { ChainCall, ChainWriter } from '../src/evm/chain.js'
import { MULTICALL3_ADDRESS, PERMIT2_ADDRESS, UPTO_PERMIT2_PROXY_ADDRESS } from '../src/evm/contracts.js'
import { exactFacilitator, uptoFacilitator } from '../src/evm/evm-facilitator.js'
import { batchFacilitatorAbi } from '../src/evm/generated/batch-facilitator.js'
import type { ViemChain } from '../src/evm/viem-chain.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import type { Hex } from '../src/hex.js'
import { NETWORK, payFor, startTestChain, type TestChain } from './chain-setup.js'
import { accountOf, exactRequirements, permitRequirements, USDC, uptoRequirements } from './fixtures.js'

const payee = accountOf('batch payee').address
const [alice, bob, carol] = [accountOf('alice'), accountOf('bob'), accountOf('carol')]

let on: TestChain
let port: ViemChain
let contract: Hex
let sent: ChainCall[] = []

/** The port, with every transaction on record. */
function recorded(change: (call: ChainCall) => Promise<void> | void = () => undefined): ChainWriter {
  return {
    address: port.address,
    async execute(call) {
      sent.push(call)
      await change(call)
      return port.execute(call)
    },
  }
}

function facilitatorOf(change: Partial<BatchWriterOptions> = {}): Facilitator {
  const common = { writer: recorded(), chain: port, windowMs: 300, ...change }
  const exact = createBatchWriter({ ...common, route: { kind: 'multicall3', assets: [USDC] } })
  const upto = createBatchWriter({ ...common, route: { kind: 'contract', address: contract } })
  const options = { network: NETWORK, chain: port, assets: [USDC] } as const
  return createFacilitator({
    schemes: [exactFacilitator({ ...options, writer: exact }), uptoFacilitator({ ...options, writer: upto })],
  })
}

const exact = () => exactRequirements({ payTo: payee })
const upto = () => uptoRequirements(contract, { payTo: payee })

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new Error(`no item ${index}`)
  return item
}

beforeAll(async () => {
  on = await startTestChain()
  port = on.portOf(0)
  contract = await on.deployBatchFacilitator([port.address])
  for (const account of [alice, bob, carol]) await on.fund(account, 10_000_000n)
}, 120_000)

afterAll(async () => {
  await on?.chain.stop()
})

describe('createBatchWriter', () => {
  test.each([
    ['Multicall3, EIP-3009', exact, '10000'],
    ['our contract, upto', upto, '1234'],
  ] as const)(
    'default: %s: ten settlements, one transaction, ten answers with its hash',
    async (_name, make, charge) => {
      sent = []
      const requirements = make()
      const facilitator = facilitatorOf()
      const payloads = await Promise.all(
        Array.from({ length: 10 }, (_, index) => payFor(requirements, [alice, bob, carol][index % 3] ?? alice)),
      )
      const before = await tokenBalance(on.chain, payee)
      const answers = await Promise.all(
        payloads.map((payload) => facilitator.settle(payload, { ...requirements, amount: charge })),
      )
      expect(answers.map(({ success }) => success)).toEqual(Array(10).fill(true))
      expect(new Set(answers.map(({ transaction }) => transaction)).size).toBe(1)
      expect(answers[0]?.transaction).toMatch(/^0x[0-9a-f]{64}$/)
      expect(sent).toHaveLength(1)
      expect((await tokenBalance(on.chain, payee)) - before).toBe(10n * BigInt(charge))
      // Asked again, by this process and by one that remembers nothing.
      expect(await facilitator.settle(at(payloads, 3), { ...requirements, amount: charge })).toEqual(answers[3])
      expect(await facilitatorOf().settle(at(payloads, 4), { ...requirements, amount: charge })).toEqual(answers[4])
      expect(sent).toHaveLength(1)
    },
  )

  test('behavior: the facilitator of upto payments is the contract, the signer is the operator', async () => {
    const supported = await facilitatorOf().supported()
    expect(supported.kinds.find(({ scheme }) => scheme === 'upto')?.extra).toEqual({ facilitatorAddress: contract })
    expect(supported.signers['eip155:*']).toEqual([port.address])
    expect(await facilitatorOf().verify(await payFor(upto(), alice), upto())).toEqual({
      isValid: true,
      payer: alice.address,
    })
  })

  test.each([
    ['Multicall3', exact],
    ['our contract', upto],
  ] as const)(
    'error: [24] %s: an item that turns bad before or after the simulation does not sink the others',
    async (_name, make) => {
      for (const when of ['before the simulation', 'after the simulation'] as const) {
        const requirements = make()
        const poor = accountOf(`poor ${_name} ${when}`)
        await on.fund(poor, 10_000n)
        const [bad, good, fine] = [
          await payFor(requirements, poor),
          await payFor(requirements, alice),
          await payFor(requirements, bob),
        ]
        const drain = async (): Promise<void> => {
          const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [bob.address, 10_000n] })
          await on.sendFrom(poor, USDC, data)
        }
        sent = []
        const writer = when === 'after the simulation' ? recorded(drain) : recorded()
        const facilitator = facilitatorOf({ writer })
        const before = await tokenBalance(on.chain, payee)
        const answers = [bad, good, fine].map((payload) => facilitator.settle(payload, requirements))
        if (when === 'before the simulation') {
          // It passed the check of /settle and waits in the window now.
          await new Promise((resolve) => setTimeout(resolve, 100))
          await drain()
        }
        const settled = await Promise.all(answers)
        expect(
          settled.map(({ success }) => success),
          when,
        ).toEqual([false, true, true])
        expect(settled[0]?.errorReason).toMatch(/insufficient_balance|transaction_failed/)
        expect(sent).toHaveLength(1)
        expect((await tokenBalance(on.chain, payee)) - before).toBe(20_000n)
      }
    },
  )

  test('error: [24] a nonce invalidated behind the simulation is not paid by the equal transfer of its neighbour', async () => {
    const requirements = upto()
    const [first, second] = [await payFor(requirements, alice), await payFor(requirements, alice)]
    const { authorization } = parseAuthorization(first.payload)
    const nonce = BigInt(authorization.nonce)
    const abi = parseAbi(['function invalidateUnorderedNonces(uint256,uint256)'])
    const data = encodeFunctionData({ abi, args: [nonce >> 8n, 1n << (nonce & 255n)] })
    const writer = recorded(async () => {
      await on.sendFrom(alice, PERMIT2_ADDRESS, data)
    })
    const facilitator = facilitatorOf({ writer })
    const settled = await Promise.all([first, second].map((payload) => facilitator.settle(payload, requirements)))
    expect(settled.map(({ success }) => success)).toEqual([false, true])
    expect(settled[0]?.errorReason).toBe('permit2_invalid_nonce')
  })

  test('behavior: [16] the same payment 5 times at once: one item, 5 equal answers', async () => {
    sent = []
    const facilitator = facilitatorOf()
    const payload = await payFor(upto(), bob)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => facilitator.settle(payload, upto())))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.success).toBe(true)
    expect(sent).toHaveLength(1)
  })

  test('behavior: [15][17] sent but not mined is pending with its hash, for another life of the process too', async () => {
    const batches = new Map<Hex, StoredBatch>()
    const store: BatchStore = {
      find: async (key) => batches.get(key),
      keep: async (keys, batch) => void keys.map((key) => batches.set(key, batch)),
    }
    sent = []
    const impatient = on.portOf(0, 300)
    const writer: ChainWriter = {
      address: port.address,
      execute(call) {
        sent.push(call)
        return impatient.execute(call)
      },
    }
    const facilitator = facilitatorOf({ writer, store })
    const payloads = [await payFor(exact(), alice), await payFor(exact(), bob)]
    await on.rpc('evm_setAutomine', [false])
    const first = await Promise.all(payloads.map((payload) => facilitator.settle(payload, exact())))
    expect(first.map(({ errorReason }) => errorReason)).toEqual(['settlement_pending', 'settlement_pending'])
    expect(first[0]?.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    // Another life: the journal and the writer are durable, the rest is gone.
    expect(await facilitatorOf({ writer, store }).settle(at(payloads, 0), exact())).toEqual(first[0])
    await on.rpc('evm_mine')
    await on.rpc('evm_setAutomine', [true])
    const after = await Promise.all(
      payloads.map((payload) => facilitatorOf({ writer, store }).settle(payload, exact())),
    )
    expect(after.map(({ success }) => success)).toEqual([true, true])
    expect(after[0]?.transaction).toBe(first[0]?.transaction)
    expect(new Set(sent.map(({ dedupeKey }) => dedupeKey)).size).toBe(1)
  })

  test('behavior: a batch leaves by count before its window ends', async () => {
    sent = []
    const facilitator = facilitatorOf({ windowMs: 60_000, maxItems: 2 })
    const payloads = [await payFor(exact(), alice), await payFor(exact(), bob)]
    const settled = await Promise.all(payloads.map((payload) => facilitator.settle(payload, exact())))
    expect(settled.every(({ success }) => success)).toBe(true)
    expect(sent).toHaveLength(1)
  })

  test('behavior: a batch leaves when its earliest payment is about to expire', async () => {
    const requirements = upto()
    const soon = { ...requirements, maxTimeoutSeconds: 22 }
    const facilitator = facilitatorOf({ windowMs: 600_000 })
    const started = Date.now()
    const settled = await facilitator.settle(await payFor(soon, alice), soon)
    expect(settled.success).toBe(true)
    expect(Date.now() - started).toBeLessThan(15_000)
  })

  test('behavior: gas caps split a batch', async () => {
    sent = []
    const facilitator = facilitatorOf({ maxBatchGas: 800_000n })
    const payloads = await Promise.all([alice, bob, carol].map((payer) => payFor(upto(), payer)))
    const settled = await Promise.all(payloads.map((payload) => facilitator.settle(payload, upto())))
    expect(settled.every(({ success }) => success)).toBe(true)
    expect(sent).toHaveLength(2)
    for (const { gasLimit } of sent) expect(gasLimit).toBeLessThanOrEqual(800_000n)
  })

  test('behavior: Permit2 payments do not go through Multicall3, where their items could not be told apart', async () => {
    sent = []
    const requirements = permitRequirements({ payTo: payee })
    expect((await facilitatorOf().settle(await payFor(requirements, alice), requirements)).success).toBe(true)
    expect(sent[0]?.to).not.toBe(MULTICALL3_ADDRESS)
  })

  test('error: too many waiting are refused unsent', async () => {
    sent = []
    const facilitator = facilitatorOf({ maxWaiting: 1, windowMs: 400 })
    const payloads = [await payFor(exact(), alice), await payFor(exact(), bob)]
    const settled = await Promise.all(payloads.map((payload) => facilitator.settle(payload, exact())))
    expect(settled.map(({ success }) => success).sort()).toEqual([false, true])
  })
})

describe('BatchFacilitator', () => {
  const execute = (items: readonly { key: Hex; target: Hex; gasLimit: bigint; data: Hex }[]): Hex =>
    encodeFunctionData({ abi: batchFacilitatorAbi, functionName: 'execute', args: [items] })
  const key = `0x${'01'.repeat(32)}` as const

  test('error: only operators settle; only the owner makes them', async () => {
    const stranger = on.portOf(3)
    expect((await port.call({ to: contract, data: execute([]), from: stranger.address })).status).toBe('reverted')
    expect((await port.call({ to: contract, data: execute([]), from: port.address })).status).toBe('success')
    const data = encodeFunctionData({
      abi: batchFacilitatorAbi,
      functionName: 'setOperator',
      args: [stranger.address, true],
    })
    expect((await port.call({ to: contract, data, from: port.address })).status).toBe('reverted')
    const owner = on.portOf(8)
    await owner.execute({ to: contract, data, dedupeKey: `0x${'a1'.repeat(32)}` })
    expect((await port.call({ to: contract, data: execute([]), from: stranger.address })).status).toBe('success')
  })

  test('error: it calls nothing but the proxies and EIP-3009 transfers', async () => {
    await mintToken(on.chain, { to: contract, amount: 5n })
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [bob.address, 5n] })
    const outcome = await port.execute({
      to: contract,
      data: execute([
        { key, target: USDC, gasLimit: 100_000n, data },
        { key, target: payee, gasLimit: 100_000n, data: '0xe3ee160e' },
        { key, target: USDC, gasLimit: 100_000n, data: '0x' },
      ]),
      dedupeKey: `0x${'a2'.repeat(32)}`,
    })
    expect(outcome.status).toBe('success')
    expect(outcome.logs).toHaveLength(3)
    expect(await tokenBalance(on.chain, contract)).toBe(5n)
  })

  test('error: [23] an item that burns its gas leaves the others theirs; too little gas stops the whole batch', async () => {
    const burner = accountOf('burner').address
    // JUMPDEST PUSH1 0 JUMP: runs until its gas is gone.
    await on.rpc('anvil_setCode', [burner, '0x5b600056'])
    const requirements = upto()
    const payload = await payFor(requirements, carol)
    let good: ChainCall | undefined
    const spy: ChainWriter = {
      address: contract,
      execute: async (call) => {
        good = call
        return { transaction: '0x', status: 'pending', logs: [] }
      },
    }
    await createFacilitator({
      schemes: [uptoFacilitator({ network: NETWORK, chain: port, writer: spy })],
    }).settle(payload, requirements)
    if (good === undefined) throw new Error('no call')
    expect(good.to).toBe(UPTO_PERMIT2_PROXY_ADDRESS)
    const data = execute([
      { key, target: burner, gasLimit: 100_000n, data: '0xe3ee160e' },
      { key: good.dedupeKey, target: good.to, gasLimit: 200_000n, data: good.data },
    ])
    const before = await tokenBalance(on.chain, payee)
    expect((await port.call({ to: contract, data, from: port.address, gas: 250_000n })).status).toBe('reverted')
    await port.execute({ to: contract, data, dedupeKey: `0x${'a3'.repeat(32)}`, gasLimit: 500_000n })
    expect((await tokenBalance(on.chain, payee)) - before).toBe(10_000n)
  })
})

describe('createFairQueue', () => {
  test('behavior: payers are served in turn', () => {
    const queue = createFairQueue<{ payer: string; n: number }>()
    for (let n = 0; n < 6; n += 1) queue.add({ payer: 'greedy', n })
    queue.add({ payer: 'modest', n: 10 })
    queue.add({ payer: 'other', n: 20 })
    expect(queue.take(4).map(({ n }) => n)).toEqual([0, 10, 20, 1])
    queue.add({ payer: 'late', n: 30 })
    expect(queue.take(3).map(({ n }) => n)).toEqual([2, 30, 3])
    expect(queue.size).toBe(2)
    expect(queue.take(10).map(({ n }) => n)).toEqual([4, 5])
    expect([queue.size, queue.take(1).length]).toEqual([0, 0])
  })
})

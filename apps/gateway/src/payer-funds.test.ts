import { type Address, encodeFunctionData, erc20Abi, type Hex, pad, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { createPayerFunds } from './payer-funds.js'

const payer: Address = `0x${'11'.repeat(20)}`
const other: Address = `0x${'12'.repeat(20)}`
const asset: Address = `0x${'22'.repeat(20)}`
const spender: Address = `0x${'33'.repeat(20)}`

/** A token of one payer, and how often it was asked. */
function tokenOf(state: { balance: bigint; allowance: bigint; code?: Hex }) {
  const reads: Hex[] = []
  return {
    reads,
    codeOf: async (): Promise<Hex> => state.code ?? '0x',
    call: async (_to: Address, data: Hex): Promise<Hex> => {
      reads.push(data)
      const isBalance = data.startsWith(
        encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [payer] }).slice(0, 10),
      )
      const value = isBalance ? state.balance : state.allowance
      return pad(toHex(value), { size: 32 })
    },
  }
}

function fundsOf(state: { balance: bigint; allowance: bigint; code?: Hex }) {
  const token = tokenOf(state)
  const clock = { now: 1000n }
  const funds = createPayerFunds({ reader: token, paid: async () => 0n, now: () => clock.now, maxAgeSeconds: 15n })
  return { token, clock, funds }
}

describe('createPayerFunds', () => {
  test('the balance bounds a payment from the token itself', async () => {
    const { token, funds } = fundsOf({ balance: 7n, allowance: 0n })
    expect(await funds.limitOf({ payer, asset })).toEqual({
      amount: 7n,
      boundBy: 'balance',
      hasCode: false,
      paidBefore: 0n,
    })
    expect(token.reads.length).toBe(1)
  })

  test.each([
    [5n, 9n, { amount: 5n, boundBy: 'balance' }],
    [9n, 5n, { amount: 5n, boundBy: 'allowance' }],
    [5n, 5n, { amount: 5n, boundBy: 'balance' }],
    [0n, 0n, { amount: 0n, boundBy: 'balance' }],
  ] as const)('balance %d and allowance %d', async (balance, allowance, limit) => {
    const { funds } = fundsOf({ balance, allowance })
    expect(await funds.limitOf({ payer, asset, spender })).toEqual({ ...limit, hasCode: false, paidBefore: 0n })
    const { funds: more } = fundsOf({ balance, allowance, code: '0xef0100' })
    expect(await more.limitOf({ payer, asset, spender })).toEqual({ ...limit, hasCode: true, paidBefore: 0n })
  })

  test('a view is kept for its time, for each payer and spender, however the address is spelt', async () => {
    const state = { balance: 5n, allowance: 5n }
    const { token, clock, funds } = fundsOf(state)
    await funds.limitOf({ payer, asset })
    state.balance = 1n
    clock.now += 15n
    const upper = `0x${payer.slice(2).toUpperCase()}` as Address
    expect((await funds.limitOf({ payer: upper, asset })).amount).toBe(5n)
    expect(token.reads.length).toBe(1)
    expect((await funds.limitOf({ payer, asset, spender })).amount).toBe(1n)
    expect((await funds.limitOf({ payer: other, asset })).amount).toBe(1n)
    clock.now += 1n
    expect((await funds.limitOf({ payer, asset })).amount).toBe(1n)
  })

  test('refresh reads anew, and what it read is kept', async () => {
    const state = { balance: 5n, allowance: 5n }
    const { token, funds } = fundsOf(state)
    await funds.limitOf({ payer, asset })
    state.balance = 9n
    expect((await funds.limitOf({ payer, asset, refresh: true })).amount).toBe(9n)
    expect((await funds.limitOf({ payer, asset })).amount).toBe(9n)
    expect(token.reads.length).toBe(2)
  })

  test('what had been paid is asked before the chain: a transfer in between counts twice, never not at all', async () => {
    const state = { balance: 5n, allowance: 4n }
    let sum = 10n
    const funds = createPayerFunds({
      reader: {
        codeOf: async () => '0x',
        call: async () => {
          // The money moves, and the ledger notes it, while the chain is asked.
          sum += 3n
          return pad(toHex(state.balance), { size: 32 })
        },
      },
      paid: async () => sum,
      now: () => 1000n,
      maxAgeSeconds: 15n,
    })
    const read = { amount: 5n, boundBy: 'balance', hasCode: false, paidBefore: 10n }
    expect(await funds.limitOf({ payer, asset })).toEqual(read)
    expect(await funds.limitOf({ payer, asset })).toEqual(read)
    expect(await funds.limitOf({ payer, asset, refresh: true })).toEqual({ ...read, paidBefore: 13n })
  })

  test('a ledger that cannot be asked is no empty account either', async () => {
    const funds = createPayerFunds({
      reader: tokenOf({ balance: 5n, allowance: 5n }),
      paid: () => Promise.reject(new Error('the disk is full')),
      now: () => 0n,
      maxAgeSeconds: 15n,
    })
    await expect(funds.limitOf({ payer, asset })).rejects.toThrow('the disk is full')
  })

  test('a chain that cannot be read is neither an empty account nor one without code', async () => {
    const fails = (): Promise<Hex> => Promise.reject(new Error('no answer'))
    for (const fault of [{ call: fails }, { codeOf: fails }]) {
      const funds = createPayerFunds({
        reader: { ...tokenOf({ balance: 5n, allowance: 5n }), ...fault },
        paid: async () => 0n,
        now: () => 0n,
        maxAgeSeconds: 15n,
      })
      await expect(funds.limitOf({ payer, asset })).rejects.toThrow('no answer')
    }
  })
})

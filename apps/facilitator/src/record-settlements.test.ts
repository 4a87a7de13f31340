import { openMemoryX402Stores, type X402Stores } from '@og/ledger/x402'
import { parsePaymentPayload, parsePaymentRequirements, type SettleResponse } from '@og/x402'
import type { Facilitator } from '@og/x402/facilitator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSettlementRecorder } from './record-settlements.js'

const payTo = `0x${'03'.repeat(20)}` as const
const asset = `0x${'01'.repeat(20)}` as const
const hashOf = (index: number) => `0x${index.toString(16).padStart(64, '0')}` as const
const requirements = parsePaymentRequirements({
  scheme: 'exact',
  network: 'eip155:84532',
  amount: '5',
  asset,
  payTo,
  maxTimeoutSeconds: 600,
  extra: { name: 'USDC', version: '2' },
})

let clock: bigint
let stores: X402Stores
let errors: unknown[]
beforeEach(() => {
  clock = 1_800_000_000n
  errors = []
  stores = openMemoryX402Stores({ now: () => clock })
})
afterEach(() => stores.close())

/** Leaves settlements open, as a process does that is killed after it has sent them. */
async function leaveOpen(count: number, question?: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const authorization = {
      from: `0x${'02'.repeat(20)}`,
      to: payTo,
      value: '5',
      validAfter: '0',
      validBefore: (clock + 600n).toString(),
      nonce: hashOf(index),
    }
    const payload = parsePaymentPayload({
      x402Version: 2,
      accepted: requirements,
      payload: { signature: `0x${'ab'.repeat(65)}`, authorization },
    })
    await stores.settlements.begin({
      paymentHash: hashOf(index),
      scheme: 'exact',
      network: 'eip155:84532',
      payer: undefined,
      payTo,
      asset,
      amount: 5n,
      question: question ?? JSON.stringify({ payload, requirements }),
    })
  }
}

function facilitatorThat(answer: () => SettleResponse | Promise<SettleResponse>) {
  const asked = new Set<string>()
  const recorder = createSettlementRecorder({
    settlements: stores.settlements,
    onError: (error) => void errors.push(error),
  })
  const facilitator: Facilitator = {
    settle: async ({ payload }) => {
      asked.add((payload['authorization'] as { nonce: string }).nonce)
      return answer()
    },
    verify: () => Promise.reject(new Error('nobody verifies')),
    supported: () => Promise.reject(new Error('nobody asks')),
  }
  return { asked, resume: () => recorder.resume(facilitator, { untouchedSince: clock - 1n }) }
}

const pending: SettleResponse = {
  success: false,
  errorReason: 'settlement_pending',
  transaction: '',
  network: 'eip155:84532',
}

test('what is open still does not stand in the way of the rest', async () => {
  await leaveOpen(150)
  clock += 10n
  const { asked, resume } = facilitatorThat(() => pending)
  expect(await resume()).toBe(100)
  expect(await resume()).toBe(50)
  expect(asked.size).toBe(150)
  expect(await resume()).toBe(0)
  expect((await stores.settlements.find(hashOf(149)))?.state).toBe('open')
})

test('trouble on the way is no end of a payment; a final refusal is', async () => {
  await leaveOpen(1)
  clock += 10n
  const broken = facilitatorThat(() => Promise.reject(new Error('the store is gone')))
  expect(await broken.resume()).toBe(1)
  expect(errors).toMatchObject([{ message: 'the store is gone' }])
  expect((await stores.settlements.find(hashOf(0)))?.state).toBe('open')
  const late = { ...pending, errorReason: 'invalid_exact_evm_payload_authorization_valid_before' }
  await facilitatorThat(() => late).resume()
  expect(await stores.settlements.find(hashOf(0))).toMatchObject({ state: 'failed', reason: late.errorReason })
})

test('a question that cannot be read is over', async () => {
  await leaveOpen(1, '{')
  clock += 10n
  const { asked, resume } = facilitatorThat(() => pending)
  expect(await resume()).toBe(1)
  expect(asked.size).toBe(0)
  expect(await stores.settlements.find(hashOf(0))).toMatchObject({ state: 'failed', reason: 'invalid_payload' })
})

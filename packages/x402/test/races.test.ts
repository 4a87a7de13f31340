import { tokenBalance } from '@og/devchain'
import type { PrivateKeyAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPayment } from '../src/client/index.js'
import { exactClient, uptoClient } from '../src/evm/index.js'
import { encodePaymentHeader, type PaymentPayload, type PaymentRequirements } from '../src/index.js'
import { clock, randomBytes, startTestChain, type TestChain } from './chain-setup.js'
import { accountOf, exactRequirements, permitRequirements, requiredOf, uptoRequirements } from './fixtures.js'
import type { RaceRoute } from './races/paywall-process.js'
import { type RaceAnswer, type RaceTrack, startRaceTrack } from './races/race-processes.js'

// 20 client processes with 10 connections each: 200 uses at the same moment without 200 node processes, which would
// only wait for each other on a small machine. The paywall counts how many were really there at once.
const PROCESSES = 20
const USES = 200

const OTHER_TOKEN = '0x5dEaC602762362FE5f135FA5904351916053cF70'
const payer = accountOf('race payer')
const poor = accountOf('race payer with money for ten')
const payees = { chain: accountOf('race payee').address, upfront: accountOf('race payee upfront').address }

const price = exactRequirements({ payTo: payees.chain, maxTimeoutSeconds: 300 })
const upfront = exactRequirements({
  payTo: payees.upfront,
  maxTimeoutSeconds: 300,
  extra: { name: 'USDC', version: '2', paymentFlow: 'upfront' },
})
const kinds = {
  transfer: exactRequirements(),
  otherTransfer: exactRequirements({ asset: OTHER_TOKEN }),
  permit: permitRequirements(),
  otherPermit: permitRequirements({ asset: OTHER_TOKEN }),
  upto: uptoRequirements('0x2222222222222222222222222222222222222222'),
} as const
const routes: Readonly<Record<string, RaceRoute>> = {
  'one-payment': { accepts: [price], settle: 'chain' },
  exposure: { accepts: [price], settle: 'chain', maxExposurePerPayer: `${10n * BigInt(price.amount)}` },
  balance: { accepts: [upfront], settle: 'chain' },
  'one-permit': { accepts: [kinds.permit, kinds.otherPermit], settle: 'nowhere' },
  mixed: { accepts: Object.values(kinds), settle: 'nowhere' },
}

let on: TestChain
let track: RaceTrack

beforeAll(async () => {
  on = await startTestChain()
  const parameters = { rpcUrl: on.chain.rpcUrl, key: on.keyAt(1), requests: USES, routes }
  track = await startRaceTrack(PROCESSES, parameters)
})
afterAll(async () => {
  await track?.close()
  await on?.chain.stop()
})

async function sign(requirements: PaymentRequirements, signer: PrivateKeyAccount, nonce?: number): Promise<string> {
  const { payload } = await createPayment(requirements, {
    required: { ...requiredOf([requirements]), resource: { url: 'http://race.example/' } },
    scheme: requirements.scheme === 'upto' ? uptoClient({ signer }) : exactClient({ signer }),
    now: clock(),
    randomBytes: nonce === undefined ? randomBytes : (length) => new Uint8Array(length).fill(nonce),
  })
  return encodePaymentHeader(payload)
}

function tally(answers: readonly RaceAnswer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { status, code } of answers) {
    const key = code === undefined ? `${status}` : `${status} ${code}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** The same payment with its signature's last byte as 0/1 instead of 27/28, and in capital letters. */
function respelled(header: string): string {
  const payment = JSON.parse(Buffer.from(header, 'base64').toString()) as PaymentPayload
  const signature = String(payment.payload['signature'])
  const parity = (Number.parseInt(signature.slice(-2), 16) - 27).toString(16).padStart(2, '0')
  const spelled = `0x${signature.slice(2, -2).toUpperCase()}${parity}`
  return encodePaymentHeader({ ...payment, payload: { ...payment.payload, signature: spelled } })
}

describe('200 requests of 20 processes at one paywall process', () => {
  test('#2 #3 one payment in two spellings: one grant, one transfer', async () => {
    await on.fund(payer, BigInt(price.amount) * 3n)
    const header = await sign(price, payer)
    const headers = Array.from({ length: USES }, (_, index) => (index % 2 === 0 ? header : respelled(header)))
    expect(tally(await track.race('one-payment', headers))).toEqual({
      '200': 1,
      '409 payment_in_progress': USES - 1,
    })
    expect(await track.report('one-payment')).toMatchObject({ runs: 1, mostAtOnce: USES })
    expect(await tokenBalance(on.chain, payees.chain)).toBe(BigInt(price.amount))
    // Later uses get no second run either.
    expect(tally(await track.race('one-payment', headers.slice(0, 20)))).toEqual({ '409 payment_already_used': 20 })
    expect((await track.report('one-payment')).runs).toBe(1)
  })

  test('#11 200 payments over an exposure for ten: ten grants, ten transfers', async () => {
    await on.fund(poor, BigInt(price.amount) * 10n)
    const before = await tokenBalance(on.chain, payees.chain)
    const headers = await Promise.all(Array.from({ length: USES }, () => sign(price, poor)))
    expect(tally(await track.race('exposure', headers))).toEqual({ '200': 10, '402 payer_exposure_exhausted': 190 })
    expect(await track.report('exposure')).toMatchObject({ runs: 10, mostAtOnce: USES })
    expect((await tokenBalance(on.chain, payees.chain)) - before).toBe(BigInt(price.amount) * 10n)
    expect(await tokenBalance(on.chain, poor.address)).toBe(0n)
  })

  test('#11 200 payments over a balance for ten, settled before the handler: ten grants, ten transfers', async () => {
    await on.fund(poor, BigInt(upfront.amount) * 10n)
    const headers = await Promise.all(Array.from({ length: USES }, () => sign(upfront, poor)))
    const answers = await track.race('balance', headers)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(190)
    expect(await track.report('balance')).toMatchObject({ runs: 10, mostAtOnce: USES })
    expect(await tokenBalance(on.chain, payees.upfront)).toBe(BigInt(upfront.amount) * 10n)
    expect(await tokenBalance(on.chain, poor.address)).toBe(0n)
  })

  test('a Permit2 nonce reused for another token: one grant, because Permit2 burns it', async () => {
    const both = [await sign(kinds.permit, payer, 7), await sign(kinds.otherPermit, payer, 7)]
    const headers = Array.from({ length: USES }, (_, index) => both[index % 2] ?? '')
    const counts = tally(await track.race('one-permit', headers))
    expect(counts['200']).toBe(1)
    expect(counts['409 payment_in_progress']).toBe(USES - 1)
    expect(await track.report('one-permit')).toMatchObject({ runs: 1, mostAtOnce: USES })
  })

  test('one nonce at several contracts: one grant for each contract that burns it', async () => {
    const all = await Promise.all(Object.values(kinds).map((requirements) => sign(requirements, payer, 9)))
    const headers = Array.from({ length: USES }, (_, index) => all[index % all.length] ?? '')
    const counts = tally(await track.race('mixed', headers))
    // Two tokens with EIP-3009, and Permit2 for its three payments together.
    expect(counts).toEqual({ '200': 3, '409 payment_in_progress': USES - 3 })
    expect(await track.report('mixed')).toMatchObject({ runs: 3, mostAtOnce: USES })
  })
})

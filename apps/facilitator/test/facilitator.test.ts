import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, deployPaymentContracts, mintToken, orderToken, sendRpc, startChain } from '@og/devchain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig, type RunningFacilitator, startFacilitator } from '../src/index.js'
import { ask, createPaymentWorld, type PaymentWorld, type Question } from './payments.js'
import { startRpcProxy } from './start-rpc-proxy.js'

let chain: Chain
let world: PaymentWorld
let facilitator: RunningFacilitator
let folder: string
let url: string
const configOf = (change: object = {}) =>
  parseConfig({
    port: 0,
    rpcUrl: chain.rpcUrl,
    chainId: chain.chainId,
    privateKey: chain.accounts[1]?.privateKey,
    ledgerPath: join(folder, 'facilitator.db'),
    ...change,
  })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'og-facilitator-'))
  chain = await startChain()
  world = createPaymentWorld(chain, await deployPaymentContracts(chain))
  facilitator = await startFacilitator(configOf())
  url = facilitator.url
}, 60_000)
afterAll(async () => {
  await facilitator?.close()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function questionOf(scheme: 'exact' | 'upto', options: { tokens?: bigint; now?: bigint } = {}) {
  const payer = await world.payer({ tokens: options.tokens ?? 10_000n, permit2: scheme === 'upto' })
  const now = options.now === undefined ? {} : { now: options.now }
  const question = await world.question({ payer, scheme, facilitator: facilitator.address, ...now })
  return { payer, question }
}

const withAmount = (question: Question, amount: bigint): Question => ({
  ...question,
  paymentRequirements: { ...question.paymentRequirements, amount: amount.toString() },
})

test('who asks a thousand times ahead on one connection is hung up on', async () => {
  const ahead = 'GET /discovery/resources?limit=100 HTTP/1.1\r\nhost: a\r\n\r\n'
  const answersTo = (bytes: string, wanted: number): Promise<number> =>
    new Promise((resolve) => {
      let text = ''
      const count = (): number => text.match(/HTTP\/1\.1 200/g)?.length ?? 0
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
      socket.on('data', (part) => {
        text += part.toString('latin1')
        if (count() >= wanted) socket.destroy()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(count()))
    })
  expect(await answersTo(ahead.repeat(1000), 20)).toBeLessThan(20)
  expect(await answersTo(ahead.repeat(4), 4)).toBe(4)
})

test('GET /supported, /health and /ready', async () => {
  const supported = await (await fetch(`${url}/supported`)).json()
  expect(supported.kinds).toContainEqual({ x402Version: 2, scheme: 'exact', network: 'eip155:84532' })
  expect(supported.kinds).toContainEqual({
    x402Version: 2,
    scheme: 'upto',
    network: 'eip155:84532',
    extra: { facilitatorAddress: facilitator.address },
  })
  expect(JSON.stringify(supported.signers)).toContain(facilitator.address)
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  expect((await fetch(`${url}/ready`)).status).toBe(200)
})

describe.each(['exact', 'upto'] as const)('%s', (scheme) => {
  test('verify says yes and moves nothing', async () => {
    const { payer, question } = await questionOf(scheme)
    expect(await ask(url, '/verify', question)).toEqual({
      status: 200,
      json: { isValid: true, payer: payer.address },
    })
    expect(await world.transfersFrom(payer.address)).toEqual([])
  })

  test('settle five times at once and once more: one transaction, one transfer, one answer', async () => {
    const { payer, question } = await questionOf(scheme)
    const before = await world.sentBy(facilitator.address)
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(url, '/settle', question)))
    answers.push(await ask(url, '/settle', question))
    for (const { status, json } of answers) {
      expect(status).toBe(200)
      expect(json).toMatchObject({ success: true, payer: payer.address, amount: '1000', network: 'eip155:84532' })
    }
    expect(new Set(answers.map(({ json }) => json.transaction)).size).toBe(1)
    expect(answers[0]?.json.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await world.transfersFrom(payer.address)).toEqual([1000n])
    expect(await world.sentBy(facilitator.address)).toBe(before + 1)
  })

  test('after it was settled it is not valid any more', async () => {
    const { payer, question } = await questionOf(scheme)
    await ask(url, '/settle', question)
    const { status, json } = await ask(url, '/verify', question)
    expect(status).toBe(200)
    expect(json).toMatchObject({ isValid: false, payer: payer.address })
    expect((json as { invalidReason?: string }).invalidReason).toMatch(/nonce/)
  })

  test('refusals are answers, and cost no gas', async () => {
    const before = await world.sentBy(facilitator.address)
    const poor = await questionOf(scheme, { tokens: 999n })
    const late = await questionOf(scheme, { now: BigInt(Math.floor(Date.now() / 1000)) - 10_000n })
    for (const { question } of [poor, late]) {
      const verified = await ask(url, '/verify', question)
      expect([verified.status, verified.json]).toMatchObject([200, { isValid: false }])
      const settled = await ask(url, '/settle', question)
      expect([settled.status, settled.json]).toMatchObject([200, { success: false, transaction: '' }])
      expect(settled.json.errorReason).toMatch(/^[a-z0-9_]+$/)
    }
    expect(await world.sentBy(facilitator.address)).toBe(before)
  })
})

test('upto moves what was used; more than was signed is refused; nothing needs no transaction', async () => {
  const { payer, question } = await questionOf('upto')
  expect((await ask(url, '/settle', withAmount(question, 1001n))).json.success).toBe(false)
  expect((await ask(url, '/settle', withAmount(question, 0n))).json).toMatchObject({ success: true, transaction: '' })
  expect((await ask(url, '/settle', withAmount(question, 321n))).json).toMatchObject({ success: true, amount: '321' })
  expect(await world.transfersFrom(payer.address)).toEqual([321n])
})

test('an exact payment is taken whole or not at all', async () => {
  const { payer, question } = await questionOf('exact')
  for (const amount of [1n, 999n, 1001n]) {
    expect((await ask(url, '/settle', withAmount(question, amount))).json.success).toBe(false)
  }
  expect(await world.transfersFrom(payer.address)).toEqual([])
})

test('a payer that the token refuses: the answer says so, and says so again', async () => {
  const { payer, question } = await questionOf('exact')
  await orderToken(chain, { order: 'blacklist', account: payer.address })
  for (let time = 0; time < 2; time += 1) {
    expect((await ask(url, '/settle', question)).json).toMatchObject({ success: false })
  }
  expect(await world.transfersFrom(payer.address)).toEqual([])
})

test('many payers at once: every payment is one transfer', async () => {
  const all = await Promise.all(Array.from({ length: 12 }, (_, at) => questionOf(at % 2 === 0 ? 'exact' : 'upto')))
  const before = await world.sentBy(facilitator.address)
  const answers = await Promise.all(all.map(({ question }) => ask(url, '/settle', question)))
  expect(answers.map(({ json }) => json.success)).toEqual(all.map(() => true))
  for (const { payer } of all) expect(await world.transfersFrom(payer.address)).toEqual([1000n])
  expect(await world.sentBy(facilitator.address)).toBeLessThanOrEqual(before + all.length)
})

describe('questions that are none', () => {
  const bad: readonly [string, (question: Question) => unknown][] = [
    ['nothing', () => ''],
    ['no JSON', () => '{"x402Version":2'],
    ['null', () => 'null'],
    ['a list', () => []],
    ['version 3', (question) => ({ ...question, x402Version: 3 })],
    ['no payload', ({ paymentPayload: _, ...question }) => question],
    ['no requirements', ({ paymentRequirements: _, ...question }) => question],
    [
      'an amount that is a number',
      (question) => ({ ...question, paymentRequirements: { ...question.paymentRequirements, amount: 1000 } }),
    ],
    [
      'a negative amount',
      (question) => ({ ...question, paymentRequirements: { ...question.paymentRequirements, amount: '-1' } }),
    ],
    ['a key __proto__', (question) => JSON.stringify(question).replace('{', '{"__proto__":{"a":1},')],
    ['1,000 levels', () => `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
    ['half a megabyte', (question) => ({ ...question, more: 'x'.repeat(500_000) })],
  ]
  test.each(bad)('%s is 400 on both routes, without a word about the insides', async (_name, change) => {
    const { question } = await questionOf('exact')
    const body = change(question)
    const verified = await ask(url, '/verify', body)
    expect(verified).toEqual({ status: 400, json: { isValid: false, invalidReason: 'invalid_payload' } })
    const settled = await ask(url, '/settle', body)
    expect([settled.status, settled.json]).toMatchObject([400, { success: false, errorReason: 'invalid_payload' }])
    expect(JSON.stringify([verified, settled])).not.toMatch(/stack|node_modules|Error/)
  })

  test.each([
    ['GET', '/settle'],
    ['GET', '/verify'],
    ['PUT', '/settle'],
    ['POST', '/supported'],
    ['POST', '/'],
    ['GET', '/nothing'],
  ])('%s %s is not a route', async (method, path) => {
    const answer = await fetch(url + path, { method })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } })
  })
})

/** The hash of the one transaction of an account that waits to be mined. */
async function broadcast(from: string): Promise<string> {
  let hash: string | undefined
  await expect
    .poll(
      async () => {
        const { pending } = (await sendRpc(chain, 'txpool_content')) as {
          pending: Record<string, Record<string, { hash: string }>>
        }
        const mine = Object.entries(pending).find(([account]) => account.toLowerCase() === from.toLowerCase())?.[1]
        hash = Object.values(mine ?? {})[0]?.hash
        return hash
      },
      { timeout: 10_000 },
    )
    .toMatch(/^0x/)
  return hash ?? ''
}

test('a slow chain: the answer is "pending" with the transaction, and a later question finds it settled', async () => {
  const { payer, question } = await questionOf('exact')
  const impatient = await startFacilitator(
    configOf({
      settleTimeoutMs: 300,
      privateKey: chain.accounts[2]?.privateKey,
      ledgerPath: join(folder, 'impatient.db'),
    }),
  )
  try {
    await sendRpc(chain, 'evm_setAutomine', false)
    const first = await ask(impatient.url, '/settle', question)
    expect(first.json).toMatchObject({ success: false, errorReason: 'settlement_pending' })
    const hash = await broadcast(impatient.address)
    await sendRpc(chain, 'evm_setAutomine', true)
    await sendRpc(chain, 'evm_mine')
    await expect
      .poll(async () => (await ask(impatient.url, '/settle', question)).json, { timeout: 10_000 })
      .toMatchObject({ success: true, transaction: hash })
    expect(await world.transfersFrom(payer.address)).toEqual([1000n])
  } finally {
    await sendRpc(chain, 'evm_setAutomine', true)
    await impatient.close()
  }
})

test('a settlement that is mined while it is asked for again is a success, not a used nonce', async () => {
  const proxy = await startRpcProxy(chain.rpcUrl)
  const between = await startFacilitator(
    configOf({
      rpcUrl: proxy.url,
      settleTimeoutMs: 300,
      privateKey: chain.accounts[3]?.privateKey,
      ledgerPath: join(folder, 'between.db'),
    }),
  )
  try {
    for (const scheme of ['exact', 'upto'] as const) {
      const payer = await world.payer({ tokens: 10_000n, permit2: scheme === 'upto' })
      const question = await world.question({ payer, scheme, facilitator: between.address })
      await sendRpc(chain, 'evm_setAutomine', false)
      const first = await ask(between.url, '/settle', question)
      expect(first.json).toMatchObject({ success: false, errorReason: 'settlement_pending' })
      const hash = await broadcast(between.address)
      proxy.afterNextCall(() => sendRpc(chain, 'evm_mine'))
      const second = await ask(between.url, '/settle', question)
      expect(second.json).toMatchObject({ success: true, transaction: hash })
      await sendRpc(chain, 'evm_setAutomine', true)
      expect(await world.transfersFrom(payer.address)).toEqual([1000n])
    }
  } finally {
    await sendRpc(chain, 'evm_setAutomine', true)
    await between.close()
    await proxy.close()
  }
})

test('a settlement that reverted on chain moved nothing: asked again, when it can succeed, it does', async () => {
  const payer = await world.payer({ tokens: 1000n, permit2: true })
  const question = await world.question({ payer, scheme: 'exact', facilitator: facilitator.address })
  await sendRpc(chain, 'evm_setAutomine', false)
  try {
    const settling = ask(url, '/settle', question)
    await broadcast(facilitator.address)
    // The payer's own transfer offers more for gas, and goes first.
    await world.moveAway(payer, 1000n)
    await sendRpc(chain, 'evm_mine')
    expect((await settling).json).toMatchObject({
      success: false,
      errorReason: 'invalid_exact_evm_transaction_failed',
    })
  } finally {
    await sendRpc(chain, 'evm_setAutomine', true)
  }
  expect((await ask(url, '/settle', question)).json).toMatchObject({ success: false, transaction: '' })
  await mintToken(chain, { to: payer.address, amount: 1000n })
  expect((await ask(url, '/settle', question)).json).toMatchObject({ success: true, amount: '1000' })
  expect(await world.transfersFrom(payer.address)).toEqual([1000n])
})

test('without money for gas it says so, and is not ready', async () => {
  const poor = await startFacilitator(
    configOf({ privateKey: `0x${'7e'.repeat(32)}`, ledgerPath: join(folder, 'poor.db'), settleTimeoutMs: 1_500 }),
  )
  try {
    const { question } = await questionOf('exact')
    expect((await ask(poor.url, '/settle', question)).json.success).toBe(false)
    await expect
      .poll(async () => (await (await fetch(`${poor.url}/ready`)).json()).faults, { timeout: 10_000 })
      .toEqual(['insufficient_gas_money'])
    const metrics = await (await fetch(`${poor.url}/metrics`)).text()
    expect(metrics).toMatch(/og_facilitator_relayer_alarms_total\{alarm="INSUFFICIENT_FUNDS"\} [1-9]/)
    expect(metrics).toContain('og_facilitator_gas_money_wei 0')
  } finally {
    await poor.close()
  }
})

test('when the node hangs or is gone, it is not ready and says why, in time', async () => {
  const proxy = await startRpcProxy(chain.rpcUrl)
  const blind = await startFacilitator(
    configOf({
      rpcUrl: proxy.url,
      privateKey: chain.accounts[4]?.privateKey,
      ledgerPath: join(folder, 'blind.db'),
    }),
  )
  try {
    expect((await fetch(`${blind.url}/ready`)).status).toBe(200)
    await proxy.close()
    const started = performance.now()
    const ready = await fetch(`${blind.url}/ready`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not_ready', faults: ['chain'] }])
    expect((await fetch(`${blind.url}/metrics`)).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(10_000)
    expect((await fetch(`${blind.url}/health`)).status).toBe(200)
    // Its own trouble is no verdict on a payment.
    const { question } = await questionOf('exact')
    expect((await ask(blind.url, '/verify', question)).json).toMatchObject({
      isValid: false,
      invalidReason: 'unexpected_verify_error',
    })
  } finally {
    await blind.close()
  }
})

test('it does not start on another chain, nor twice on one ledger', async () => {
  await expect(startFacilitator(configOf({ chainId: 1, ledgerPath: join(folder, 'other.db') }))).rejects.toThrow(
    /chain/,
  )
  await expect(startFacilitator(configOf())).rejects.toMatchObject({ code: 'LEDGER_LOCKED' })
})

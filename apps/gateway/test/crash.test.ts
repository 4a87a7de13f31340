import { createClient, type InferenceResult, verifyReceipt } from '@og/client'
import { mintToken, tokenBalance } from '@og/devchain'
import { type Hex, verifyInclusion } from '@og/settlement'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post, signPayment } from '../../devnet/test/sign-payment.js'
import { startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import { refuseWith, startTestUpstream, type TestUpstream, words } from '../../devnet/test/start-test-upstream.js'

const body = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'hello' }], max_tokens: 16 }
const tokens = 1_000_000n

let net: TestDevnet
let upstream: TestUpstream
beforeAll(async () => {
  upstream = await startTestUpstream()
  net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [] }] })
}, 120_000)
afterAll(async () => {
  await net?.devnet.stop()
  await upstream?.close()
})

interface Answer {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
  readonly usage: { readonly og: { readonly receiptDigest: Hex } }
}

/** Settlement must not be done a second time: what a second life would repeat, it would repeat at once. */
const timeToRepeat = 1500

describe('A2, F4, F5, F24: kill -9 after the answer', () => {
  test.each(['at once', 'when the settlements are on their way'])(
    '%s: money moves once, receipts are recorded once',
    async (moment) => {
      const gateway = net.devnet.vanillaGateway
      const url = gateway.url()
      const batched = { 'og-settlement-mode': 'SETTLE_BATCH' }
      const payers = await Promise.all([false, true, false].map((permit2) => net.payer({ tokens, permit2 })))
      const [exactPayer, uptoPayer, batchPayer] = payers
      if (exactPayer === undefined || uptoPayer === undefined || batchPayer === undefined) throw new Error('no payers')
      const calls = [
        { payer: exactPayer, scheme: 'exact', headers: {} },
        { payer: uptoPayer, scheme: 'upto', headers: {} },
        { payer: batchPayer, scheme: 'exact', headers: batched },
      ] as const
      const payments = await Promise.all(calls.map((call) => signPayment({ url, body, ...call })))
      // While no block is mined, nothing can be settled before the kill.
      await net.mine(false)
      const answers = await Promise.all(
        payments.map(async (payment, index) => {
          const response = await post({ url, body, headers: calls[index]?.headers ?? {} }, payment)
          expect(response.status).toBe(200)
          return (await response.json()) as Answer
        }),
      )
      if (moment !== 'at once') {
        for (const [index, { paymentHash }] of payments.entries()) {
          await until('the settlement is on its way', async () => {
            const status = await net.receiptStatus(url, paymentHash)
            const recording = index === 2 || status?.record.state === 'submitted'
            return status?.payment.state === 'submitted' && recording ? true : undefined
          })
        }
      }
      await gateway.kill()
      for (const { payer } of calls) expect(await net.transfersFrom(payer.address)).toEqual([])
      const nodeBefore = gateway.nodeId()
      await net.mine(true)
      await gateway.restart()
      expect(gateway.nodeId()).not.toBe(nodeBefore)

      const charges: bigint[] = []
      for (const [index, payment] of payments.entries()) {
        const status = await net.untilSettled(url, payment.paymentHash)
        expect(status).toMatchObject({ status: 'finished', receiptDigest: answers[index]?.usage.og.receiptDigest })
        charges.push(BigInt(status.payment.charged ?? '-1'))
      }
      expect(charges[0]).toBe(payments[0]?.authorized)
      expect(charges[1]).toBeLessThan(payments[1]?.authorized ?? 0n)
      expect(charges[1]).toBeGreaterThan(0n)
      const digest = answers[2]?.usage.og.receiptDigest ?? '0x'
      const proof = await until('the batched receipt is anchored', async () => {
        const found = await fetch(`${url}/v1/log/proof?digest=${digest}`)
        const json = (await found.json()) as { index: number; size: number; root: Hex; proof: Hex[] }
        return found.ok ? json : undefined
      })
      const { index, size, root } = proof
      expect(verifyInclusion({ leaf: digest, index, size, root, proof: proof.proof })).toBe(true)

      await new Promise((resolve) => setTimeout(resolve, timeToRepeat))
      for (const [at, { payer }] of calls.entries()) {
        expect(await net.transfersFrom(payer.address)).toEqual([charges[at]])
        expect(await payer.balance()).toBe(tokens - (charges[at] ?? 0n))
        expect(await net.settledEvents(answers[at]?.usage.og.receiptDigest ?? '0x')).toBe(at === 2 ? 0 : 1)
      }

      // The payments are used up; nobody is invited to pay again for what was served.
      const before = upstream.calls.length
      for (const [at, payment] of payments.entries()) {
        const again = await post({ url, body, headers: calls[at]?.headers ?? {} }, payment)
        expect(again.status).toBe(410)
        expect(await again.json()).toMatchObject({ error: { code: 'answer_no_longer_stored' } })
        const other = await post({ url, body: { ...body, max_tokens: 15 }, headers: calls[at]?.headers ?? {} }, payment)
        expect(other.status).toBe(409)
        await other.arrayBuffer()
      }
      expect(upstream.calls.length).toBe(before)
    },
  )
})

test('F1, F2, F3: kill -9 during the generation: nothing is charged, and the payers can pay again at once', async () => {
  const gateway = net.devnet.vanillaGateway
  const url = gateway.url()
  upstream.behave(words(['one ', 'two ', 'three'], { hangAfter: 2 }))
  const calls = [true, false].map((stream) => ({ ...body, stream }))
  const running = await Promise.all(
    calls.map(async (asked) => {
      const payer = await net.payer({ tokens: 0n })
      const payment = await signPayment({ url, body: asked, payer })
      // Just enough for one call: what the dead process had reserved must not stand in the way of the next one.
      await mintToken(net.devnet.chain, { to: payer.address, amount: payment.authorized })
      const broken = post({ url, body: asked }, payment).then((response) => response.text())
      broken.catch(() => undefined)
      await until('the attempt is running', async () => {
        const status = await net.receiptStatus(url, payment.paymentHash)
        return status?.status === 'running' ? true : undefined
      })
      return { asked, payer, payment, broken }
    }),
  )
  await until('the provider is at work on both', async () => (upstream.calls.length >= 2 ? true : undefined))
  await gateway.kill()
  for (const { broken } of running) await expect(broken).rejects.toThrow()
  upstream.behave(words(['one ', 'two ', 'three']))
  await gateway.restart()

  for (const { asked, payer, payment } of running) {
    expect(await net.receiptStatus(url, payment.paymentHash)).toMatchObject({
      status: 'released',
      receiptDigest: null,
      payment: { state: 'none' },
    })
    // The restarted node has new keys and does not know the old offer: it says so and quotes anew.
    const same = await post({ url, body: asked }, payment)
    expect(same.status).toBe(402)
    expect(await same.json()).toMatchObject({ error: { code: 'offer_unknown' } })
    expect(same.headers.get('payment-required')).not.toBeNull()

    const fresh = await signPayment({ url, body: asked, payer })
    const answer = await post({ url, body: asked }, fresh)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('three')
    await net.untilSettled(url, fresh.paymentHash)
    expect(await net.transfersFrom(payer.address)).toEqual([fresh.authorized])
    expect(await payer.balance()).toBe(0n)
  }
})

test('F4: payments from a channel: one deposit, calls before and after kill -9, and what is left comes back', async () => {
  const { chain, payment } = net.devnet
  const gateway = await net.devnet.startGateway('channels', {
    mode: 'VANILLA',
    relayerAccount: 8,
    config: {
      channels: {
        authorizerKey: `0x${'c4'.repeat(32)}`,
        withdrawDelaySeconds: 900,
        claimSeconds: 1,
        minClaim: '1',
        leaseSeconds: 60,
      },
    },
  })
  const payer = await net.payer({ tokens })
  const client = createClient({
    privateKey: payer.privateKey,
    baseUrl: gateway.url(),
    rpcUrl: net.devnet.rpc,
    retries: 0,
  })
  const { model } = body
  const messages = [{ role: 'user' as const, content: 'hello' }]
  await client.channel.open({ deposit: 400_000n })
  const results: InferenceResult[] = [await client.llmChat({ model, messages, maxTokens: 16 })]
  expect(await payer.balance()).toBe(tokens - 400_000n)
  const stream = await client.llmChat({ model, messages, maxTokens: 16, stream: true })
  await stream.final()
  results.push(await stream.final())
  upstream.behave(refuseWith(500, '{"error":{"message":"no"}}'))
  await expect(client.llmChat({ model, messages, maxTokens: 16 })).rejects.toMatchObject({ code: 'NODE_ERROR' })
  upstream.behave(words(['one ', 'two ', 'three']))
  // Another body under the same voucher: what failed was not charged.
  results.push(await client.llmChat({ model, messages: [{ role: 'user', content: 'hallo' }], maxTokens: 16 }))

  // Killed in the middle of a call, and started again: the channel is free at once, and its count is what receipts say.
  upstream.behave(words(['one ', 'two ', 'three'], { hangAfter: 1 }))
  const before = upstream.calls.length
  const broken = client.llmChat({ model, messages, maxTokens: 16 })
  broken.catch(() => undefined)
  await until('the provider is at work', async () => (upstream.calls.length > before ? true : undefined))
  await gateway.kill()
  await expect(broken).rejects.toThrow()
  upstream.behave(words(['one ', 'two ', 'three']))
  await gateway.restart()
  results.push(await client.llmChat({ model, messages, maxTokens: 16 }))
  results.push(await client.llmCompletion({ model, prompt: 'once more', maxTokens: 16 }))

  for (const result of results) {
    expect(result.charge).toMatchObject({ scheme: 'batch-settlement' })
    expect(result.charge.charged).toBeLessThan(result.charge.authorized)
    const bundle = client.receiptBundle(result)
    const verdict = await verifyReceipt(bundle, { trust: 'intel' })
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
    // A voucher of another channel, or with another count, is not this payment.
    const forged = structuredClone(bundle) as { payment: { payload: { voucher: Record<string, string> } } }
    forged.payment.payload.voucher['maxClaimableAmount'] = '1'
    expect(await verifyReceipt(forged as never, { trust: 'intel' })).toMatchObject({
      ok: false,
      code: 'voucher_signature',
    })
    await net.untilSettled(gateway.url(), result.paymentHash)
  }
  expect(new Set(results.map(({ paymentHash }) => paymentHash)).size).toBe(5)
  const charged = results.reduce((sum, result) => sum + result.charge.charged, 0n)
  await client.channel.close()
  expect(await payer.balance()).toBe(tokens - charged)
  await until('the payee has its money', async () =>
    (await tokenBalance(chain, gateway.payTo)) === charged ? true : undefined,
  )
  expect(await tokenBalance(chain, payment.batchSettlement)).toBe(0n)
})

import * as fileSystem from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tokenBalance } from '@og/devchain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelClient } from '../src/channel/client/channel-client.js'
import { createMemoryChannelStore } from '../src/channel/server/channel-store.js'
import { claimBeforeWithdraw, claimChannels, settleChannels } from '../src/channel/server/claim-channels.js'
import { readChannelState } from '../src/channel/shared/channel-state.js'
import { settlementOf } from '../src/client/refusal-reason.js'
import { wrapFetch } from '../src/client/wrap-fetch.js'
import { createFileStorage } from '../src/storage/file-storage.js'
import { createMemoryStorage } from '../src/storage/text-storage.js'
import { type Bench, channelRequirements, NETWORK, paidServer, permitChannel, startBench } from './channel-setup.js'
import { accountOf, USDC } from './fixtures.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const policy = { maxAmountPerCall: 2_000n, maxDeposit: 60_000n, assets: [USDC] } as const

describe('the life of a channel', () => {
  test.each([
    ['EIP-3009', channelRequirements()],
    ['Permit2', permitChannel()],
  ])('default: %s deposit, 50 vouchers, claim, settle, refund', { timeout: 60_000 }, async (name, requirements) => {
    const payer = await bench.payer(`life ${name}`)
    const receiver = accountOf(`life payee ${name}`).address
    const server = await paidServer(bench, { requirements: { ...requirements, payTo: receiver } })
    const client = channelClient({ signer: payer, depositPolicy: { multiplier: 60 } })
    const pay = wrapFetch({ schemes: [client], policy })

    const first = await pay(`${server.url}/call?charge=400`)
    expect(first.status).toBe(200)
    const opened = settlementOf(first)
    expect(opened).toMatchObject({ success: true, amount: '60000', network: NETWORK, payer: payer.address })
    expect(opened?.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect(opened?.extra).toMatchObject({
      chargedAmount: '400',
      channelState: { balance: '60000', totalClaimed: '0', withdrawRequestedAt: 0, chargedCumulativeAmount: '400' },
    })
    expect(await tokenBalance(bench.chain, payer.address)).toBe(940_000n)

    const sent = bench.sent()
    for (let call = 1; call <= 50; call += 1) {
      const response = await pay(`${server.url}/call?charge=${call}&n=${call}`)
      expect(settlementOf(response)).toMatchObject({ transaction: '', amount: '', extra: { chargedAmount: `${call}` } })
    }
    // No call but the first touched the chain.
    expect(bench.sent()).toBe(sent)
    const owed = 400n + 1_275n
    const [channel] = await client.channels()
    expect(channel).toMatchObject({ charged: owed, balance: 60_000n, isInDoubt: false, pendingDeposit: undefined })

    const claimed = await claimChannels({ server: server.channels })
    expect(claimed).toMatchObject([{ amount: owed, settlement: { success: true } }])
    expect(await claimChannels({ server: server.channels })).toEqual([])
    const swept = await settleChannels(server.channels, { network: NETWORK, receiver, token: USDC })
    expect(swept).toMatchObject({ success: true, amount: owed.toString() })
    expect(await tokenBalance(bench.chain, receiver)).toBe(owed)
    expect(await settleChannels(server.channels, { network: NETWORK, receiver, token: USDC })).toMatchObject({
      success: false,
      errorReason: 'invalid_batch_settlement_evm_nothing_to_settle',
    })

    // More calls, then everything back: the refund claims what is owed in the same transaction.
    await pay(`${server.url}/call?charge=325`)
    const partial = await client.refund(`${server.url}/call`, { fetch, amount: 1_000n })
    expect(partial).toMatchObject({ success: true, amount: '1000' })
    const refunded = await client.refund(`${server.url}/call`, { fetch })
    expect(refunded).toMatchObject({ success: true, amount: (60_000n - 2_000n - 1_000n).toString() })
    expect(await tokenBalance(bench.chain, payer.address)).toBe(1_000_000n - 2_000n)
    await settleChannels(server.channels, { network: NETWORK, receiver, token: USDC })
    expect(await tokenBalance(bench.chain, receiver)).toBe(2_000n)
    await expect(client.refund(`${server.url}/call`, { fetch })).rejects.toMatchObject({ code: 'CHANNEL_REFUSED' })

    // The channel lives on: the next call tops it up.
    const again = await pay(`${server.url}/call?charge=1`)
    expect(settlementOf(again)).toMatchObject({ success: true, extra: { chargedAmount: '1' } })
    expect(settlementOf(again)?.transaction).not.toBe('')
  })

  test('behavior: a session key signs vouchers, the payer only the deposit', async () => {
    const payer = await bench.payer('session payer')
    const session = accountOf('session key')
    let deposits = 0
    const signer = {
      address: payer.address,
      signTypedData: (data: Parameters<typeof payer.signTypedData>[0]) => {
        deposits += 1
        return payer.signTypedData(data)
      },
    }
    const server = await paidServer(bench)
    const client = channelClient({ signer, authorizer: session })
    const pay = wrapFetch({ schemes: [client], policy })
    for (let call = 0; call < 4; call += 1) expect((await pay(`${server.url}/${call}`)).status).toBe(200)
    expect(deposits).toBe(1)
    expect((await client.channels())[0]?.config.payerAuthorizer).toBe(session.address)
  })

  test('behavior: the channel tops itself up, and never holds more than the policy lets it', async () => {
    const payer = await bench.payer('top-up payer')
    const server = await paidServer(bench)
    const client = channelClient({ signer: payer, depositPolicy: { multiplier: 3 } })
    const pay = wrapFetch({ schemes: [client], policy: { ...policy, maxDeposit: 2_500n } })
    for (let call = 0; call < 8; call += 1) expect((await pay(`${server.url}/${call}`)).status).toBe(200)
    const [channel] = await client.channels()
    expect(channel?.charged).toBe(8_000n)
    expect((channel?.balance ?? 0n) - 8_000n).toBeLessThanOrEqual(2_500n)
    const state = await readChannelState(bench.port, channel?.channelId ?? '0x')
    expect(state.balance).toBe(channel?.balance)

    const tight = channelClient({ signer: payer, salt: `0x${'01'.repeat(32)}` })
    const refused = wrapFetch({ schemes: [tight], policy: { ...policy, maxDeposit: 999n } })
    await expect(refused(server.url)).rejects.toMatchObject({ code: 'DEPOSIT_ABOVE_CAP' })
    const host = wrapFetch({ schemes: [tight], policy: { ...policy, maxAmountPerHost: 999n } })
    await expect(host(server.url)).rejects.toMatchObject({ code: 'BUDGET_EXHAUSTED' })
    const locked = channelClient({ signer: payer, salt: `0x${'02'.repeat(32)}`, depositPolicy: { maxLocked: 500n } })
    await expect(wrapFetch({ schemes: [locked], policy })(server.url)).rejects.toMatchObject({
      code: 'DEPOSIT_ABOVE_CAP',
    })
  })

  test('behavior: state survives a restart in files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'channels-'))
    try {
      const payer = await bench.payer('file payer')
      const server = await paidServer(bench)
      const open = () => channelClient({ signer: payer, storage: createFileStorage({ folder, fileSystem }) })
      await wrapFetch({ schemes: [open()], policy })(`${server.url}/?charge=300`)
      const sent = bench.sent()
      const second = open()
      const response = await wrapFetch({ schemes: [second], policy })(`${server.url}/?charge=200`)
      expect(response.status).toBe(200)
      expect(bench.sent()).toBe(sent)
      expect(await second.channels()).toMatchObject([{ charged: 500n, signedMax: 1_300n, isInDoubt: false }])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('behavior: a claim batch over many channels is one transaction', async () => {
    const store = createMemoryChannelStore()
    const server = await paidServer(bench, { store })
    const payer = await bench.payer('many channels')
    for (let index = 1; index <= 5; index += 1) {
      const salt = `0x${index.toString(16).padStart(64, '0')}` as const
      const pay = wrapFetch({ schemes: [channelClient({ signer: payer, salt })], policy })
      expect((await pay(`${server.url}/?charge=${index * 100}`)).status).toBe(200)
    }
    const sent = bench.sent()
    const claimed = await claimChannels({ server: server.channels })
    expect(claimed).toHaveLength(5)
    expect(new Set(claimed.map(({ settlement }) => settlement.transaction)).size).toBe(1)
    expect(bench.sent()).toBe(sent + 1)
    expect(await claimChannels({ server: server.channels })).toEqual([])
  })

  test('behavior: the server may keep the receiver authorizer itself', async () => {
    const own = accountOf('own receiver authorizer')
    const requirements = channelRequirements({
      payTo: accountOf('own payee').address,
      extra: { name: 'USDC', version: '2', receiverAuthorizer: own.address, withdrawDelay: 900 },
    })
    const server = await paidServer(bench, { requirements, channels: { authorizer: own } })
    const payer = await bench.payer('own authorizer payer')
    const client = channelClient({ signer: payer })
    const pay = wrapFetch({ schemes: [client], policy })
    await pay(`${server.url}/?charge=700`)
    expect(await claimChannels({ server: server.channels })).toMatchObject([
      { amount: 700n, settlement: { success: true } },
    ])
    await pay(`${server.url}/?charge=100`)
    expect(await client.refund(server.url, { fetch })).toMatchObject({ success: true, amount: '9200' })
  })

  test('behavior: a stream is charged at its end, and the next call is corrected', async () => {
    const server = await paidServer(bench, {
      handler: async ({ charge }) => {
        const encoder = new TextEncoder()
        const body = new ReadableStream<Uint8Array>({
          async start(controller) {
            for (let index = 0; index < 3; index += 1) {
              controller.enqueue(encoder.encode(`data: ${index}\n\n`))
              await new Promise((resolve) => setTimeout(resolve, 20))
            }
            charge(123n)
            controller.close()
          },
        })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      },
    })
    const payer = await bench.payer('stream payer')
    const client = channelClient({ signer: payer, chain: bench.port })
    const pay = wrapFetch({ schemes: [client], policy })
    const first = await pay(server.url)
    expect(settlementOf(first)).toBeUndefined()
    // The second waits for the end of the first.
    const [text, second] = await Promise.all([first.text(), pay(server.url).then((response) => response.text())])
    expect(text).toContain('data: 2')
    expect(second).toContain('data: 2')
    const [record] = await server.store.listUnclaimed()
    expect(record?.charged).toBe(246n)
    expect((await client.channels())[0]).toMatchObject({ charged: 123n, isInDoubt: true })
  })
})

describe('loss of state', () => {
  test("#52 the client loses its state: chain, then the server's proof", async () => {
    const payer = await bench.payer('lost client')
    const server = await paidServer(bench)
    const before = wrapFetch({
      schemes: [channelClient({ signer: payer, storage: createMemoryStorage() })],
      policy,
    })
    await before(`${server.url}/?charge=250`)
    await before(`${server.url}/?charge=250`)
    const sent = bench.sent()
    const fresh = channelClient({ signer: payer, chain: bench.port })
    const response = await wrapFetch({ schemes: [fresh], policy })(`${server.url}/?charge=10`)
    expect(response.status).toBe(200)
    expect(settlementOf(response)?.extra).toMatchObject({
      chargedAmount: '10',
      channelState: { chargedCumulativeAmount: '510' },
    })
    expect(bench.sent()).toBe(sent)
    // Without a chain the proof alone does it.
    const blind = channelClient({ signer: payer })
    const again = await wrapFetch({ schemes: [blind], policy })(`${server.url}/?charge=5`)
    expect(again.status).toBe(200)
    expect(bench.sent()).toBe(sent)
    expect((await blind.channels())[0]).toMatchObject({ charged: 515n, balance: 10_000n })
  })

  test('#52 the server loses its state: what the client signed is taken up', async () => {
    const payer = await bench.payer('lost server')
    const client = channelClient({ signer: payer })
    const pay = wrapFetch({ schemes: [client], policy })
    const first = await paidServer(bench)
    await pay(`${first.url}/?charge=600`)
    const second = await paidServer(bench)
    const response = await pay(`${second.url}/?charge=50`)
    expect(response.status).toBe(200)
    const [record] = await second.store.listUnclaimed()
    expect(record?.charged).toBe(650n)
    expect(await claimChannels({ server: second.channels })).toMatchObject([
      { amount: 650n, settlement: { success: true } },
    ])
  })

  test('#52 both lose their state: the chain is the baseline', async () => {
    const payer = await bench.payer('lost both')
    const server = await paidServer(bench)
    const pay = wrapFetch({ schemes: [channelClient({ signer: payer })], policy })
    await pay(`${server.url}/?charge=600`)
    await claimChannels({ server: server.channels })
    await pay(`${server.url}/?charge=77`)
    const fresh = await paidServer(bench)
    const client = channelClient({ signer: payer, chain: bench.port })
    const response = await wrapFetch({ schemes: [client], policy })(`${fresh.url}/?charge=5`)
    expect(settlementOf(response)?.extra).toMatchObject({
      channelState: { chargedCumulativeAmount: '605', totalClaimed: '600' },
    })
  })
})

describe('withdrawals', () => {
  test('#53 a withdrawal is seen, claimed before its delay ends, and stops the serving', async () => {
    const payer = await bench.payer('withdrawing payer')
    const server = await paidServer(bench, { channels: { stateMaxAgeSeconds: 0n } })
    const client = channelClient({ signer: payer, chain: bench.port })
    const pay = wrapFetch({ schemes: [client], policy })
    await pay(`${server.url}/?charge=900`)
    const wallet = await bench.walletOf(payer)
    const [channel] = await client.channels()
    const channelId = channel?.channelId ?? '0x'
    expect(await claimBeforeWithdraw(server.channels, { network: NETWORK, chain: bench.port })).toMatchObject({
      checked: 1,
      withdrawing: [],
      claimed: [],
    })
    await client.startWithdraw(channelId, { writer: wallet })
    const refused = await pay(`${server.url}/?charge=1`)
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({ error: { code: 'channel_withdrawal_pending' } })

    const report = await claimBeforeWithdraw(server.channels, { network: NETWORK, chain: bench.port })
    expect(report).toMatchObject({
      withdrawing: [channelId],
      claimed: [{ amount: 900n, settlement: { success: true } }],
    })
    await bench.advance(901)
    await client.finishWithdraw(channelId, { writer: wallet })
    expect(await tokenBalance(bench.chain, payer.address)).toBe(1_000_000n - 900n)
    expect(await readChannelState(bench.port, channelId)).toMatchObject({ balance: 900n, totalClaimed: 900n })
  })

  test('#53 a withdrawal that started while the record was fresh stops at the watch', async () => {
    const payer = await bench.payer('quiet withdrawer')
    const server = await paidServer(bench)
    const client = channelClient({ signer: payer, chain: bench.port })
    const pay = wrapFetch({ schemes: [client], policy })
    await pay(`${server.url}/?charge=10`)
    const [channel] = await client.channels()
    await client.startWithdraw(channel?.channelId ?? '0x', { writer: await bench.walletOf(payer) })
    expect((await pay(`${server.url}/?charge=20`)).status).toBe(200)
    const report = await claimBeforeWithdraw(server.channels, { network: NETWORK, chain: bench.port })
    expect(report.claimed).toMatchObject([{ amount: 30n, settlement: { success: true } }])
    expect((await pay(`${server.url}/?charge=20`)).status).toBe(402)
  })
})

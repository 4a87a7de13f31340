import { batchSettlementAbi, tokenBalance } from '@og/devchain'
import { encodeFunctionData, toHex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZERO_ADDRESS } from '../src/address.js'
import { channelClient } from '../src/channel/client/channel-client.js'
import type { ChannelClient } from '../src/channel/client/channel-client-options.js'
import { channelFacilitator } from '../src/channel/facilitator/channel-facilitator.js'
import { createChannelServer } from '../src/channel/server/channel-server.js'
import { createMemoryChannelStore } from '../src/channel/server/channel-store.js'
import { claimChannels } from '../src/channel/server/claim-channels.js'
import { depositCalldata, refundCalldata } from '../src/channel/shared/channel-calldata.js'
import type { ChannelConfig } from '../src/channel/shared/channel-config.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../src/channel/shared/channel-contracts.js'
import {
  type ChannelPayload,
  encodeChannelPayload,
  parseChannelPayload,
} from '../src/channel/shared/channel-payload.js'
import { encodeChannelState, readChannelState } from '../src/channel/shared/channel-state.js'
import {
  channelIdOf,
  depositTypedData,
  refundTypedData,
  voucherTypedData,
} from '../src/channel/shared/channel-typed-data.js'
import { refusalReasonOf, settlementOf } from '../src/client/refusal-reason.js'
import { wrapFetch } from '../src/client/wrap-fetch.js'
import { nobleRecover, type RecoverPublicKeyAsync } from '../src/evm/recover-public-key.js'
import type { TypedData } from '../src/evm/signer.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import type { Hex } from '../src/hex.js'
import { portableKeccak } from '../src/keccak.js'
import { decodePaymentPayload, decodePaymentRequired, encodePaymentHeader } from '../src/protocol/header.js'
import type { PaymentPayload } from '../src/protocol/payment-payload.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import {
  authorizer,
  type Bench,
  channelRequirements,
  NETWORK,
  type PaidServer,
  paidServer,
  permitChannel,
  startBench,
} from './channel-setup.js'
import { accountOf, USDC } from './fixtures.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const CHAIN = 84532n
const policy = { maxAmountPerCall: 2_000n, assets: [USDC] } as const
const P = 'invalid_batch_settlement_evm_'

type Signer = Pick<PrivateKeyAccount, 'address' | 'signTypedData'>
const sign = (signer: Signer, data: TypedData): Promise<Hex> =>
  signer.signTypedData({ ...data } as Parameters<Signer['signTypedData']>[0])

/** A server with one open channel of 10 000, charged 400, and hands to forge vouchers with. */
async function opened(name: string, options: Parameters<typeof paidServer>[1] = {}) {
  const payer = await bench.payer(name)
  const server = await paidServer(bench, options)
  const requirements = options.requirements ?? channelRequirements()
  const client = channelClient({ signer: payer, chain: bench.port })
  const pay = wrapFetch({ schemes: [client], policy })
  const first = await pay(`${server.url}/?charge=400`)
  expect(first.status).toBe(200)
  const [channel] = await client.channels()
  if (channel === undefined) throw new Error('no channel')
  const { config, channelId } = channel
  const forge = async (
    max: bigint,
    change: { by?: Signer; chainId?: bigint; channelId?: Hex; config?: ChannelConfig; callId?: Hex } = {},
  ) => {
    const voucher = { channelId: change.channelId ?? channelId, maxClaimableAmount: max }
    const signature = await sign(change.by ?? payer, voucherTypedData(voucher, change.chainId ?? CHAIN))
    const content: ChannelPayload = {
      type: 'voucher',
      config: change.config ?? config,
      voucher: { ...voucher, signature },
      ...(change.callId === undefined ? {} : { callId: change.callId }),
    }
    return { x402Version: 2, accepted: requirements, payload: encodeChannelPayload(content) } as const
  }
  return { payer, server, client, pay, config, channelId, forge, requirements }
}

function send(server: Pick<PaidServer, 'url'>, payload: PaymentPayload, path = '/?charge=1'): Promise<Response> {
  return fetch(`${server.url}${path}`, { headers: { 'PAYMENT-SIGNATURE': encodePaymentHeader(payload) } })
}

function extraOf(response: Response): Record<string, unknown> {
  return { ...decodePaymentRequired(response.headers.get('PAYMENT-REQUIRED') ?? '').accepts[0]?.extra }
}

describe('one channel, many calls', () => {
  test('#50 vouchers that other threads judge: the same verdicts', async () => {
    let asked = 0
    const recoverAsync: RecoverPublicKeyAsync = async (...signature) => {
      asked += 1
      return nobleRecover(...signature)
    }
    const { pay, server, forge } = await opened('judged by threads', { channels: { recoverAsync } })
    expect((await pay(`${server.url}/?charge=100`)).status).toBe(200)
    expect(asked).toBe(2)
    const stolen = await send(server, await forge(1_500n, { by: accountOf('not the payer') }))
    expect(refusalReasonOf(stolen)).toBe(`${P}voucher_signature`)
    expect(extraOf(stolen)).not.toHaveProperty('channelState')
    const malformed = await forge(1_500n)
    const signature = `${String((malformed.payload['voucher'] as { signature: string }).signature).slice(0, -2)}1d`
    const voucher = { ...(malformed.payload['voucher'] as object), signature }
    const unreadable = await send(server, { ...malformed, payload: { ...malformed.payload, voucher } })
    expect(refusalReasonOf(unreadable)).toBe(`${P}voucher_signature`)
    expect(server.runs()).toBe(2)
  })

  test('#49 parallel calls of our client queue and all succeed', async () => {
    const { pay, server, client } = await opened('parallel')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => pay(`${server.url}/?charge=10&n=${index}`)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(await client.channels()).toMatchObject([{ charged: 600n, isInDoubt: false }])
    expect((await server.store.listUnclaimed())[0]?.charged).toBe(600n)
  })

  test('#49 one voucher sent 20 times at once runs the handler once', async () => {
    const { forge, server } = await opened('flood')
    const before = server.runs()
    const payload = await forge(1_400n)
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(server, payload)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(server.runs()).toBe(before + 1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(refusalReasonOf(answer)).toBe(`${P}cumulative_amount_mismatch`)
    }
  })

  test('#49 two servers on one store serve one channel one call at a time', async () => {
    const store = createMemoryChannelStore()
    let running = 0
    let most = 0
    const handler = async ({ charge }: { charge(amount: bigint): void }): Promise<Response> => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 30))
      charge(1n)
      running -= 1
      return new Response('ok')
    }
    const [one, two] = [await paidServer(bench, { store, handler }), await paidServer(bench, { store, handler })]
    const payer = await bench.payer('two servers')
    const pay = wrapFetch({ schemes: [channelClient({ signer: payer })], policy })
    expect((await pay(one.url)).status).toBe(200)
    // Two devices with one key, without a common queue: they correct each other.
    const other = wrapFetch({ schemes: [channelClient({ signer: payer, chain: bench.port })], policy })
    const answers = await Promise.all([pay(one.url), other(two.url), pay(two.url), other(one.url)])
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3)
    expect(most).toBe(1)
  })
})

describe('vouchers that do not fit', () => {
  test('#50 lower, equal and higher than expected are corrected', async () => {
    const { forge, server, channelId } = await opened('misfit')
    for (const max of [400n, 999n, 1_000n, 1_399n, 1_401n, 9_999n]) {
      const answer = await send(server, await forge(max))
      expect([answer.status, refusalReasonOf(answer)]).toEqual([402, `${P}cumulative_amount_mismatch`])
      expect(extraOf(answer)).toMatchObject({
        channelState: { channelId, chargedCumulativeAmount: '400', balance: '10000' },
        voucherState: { signedMaxClaimable: '1000' },
      })
    }
    expect(server.runs()).toBe(1)
  })

  test('#50 above the balance', async () => {
    const { forge, server } = await opened('overdraft')
    // 400 charged, 10 000 in the channel: a call of 9 601 does not fit.
    const requirements = channelRequirements({ amount: '9601' })
    const wide = await paidServer(bench, { requirements, store: server.store })
    const payload = { ...(await forge(10_001n)), accepted: requirements }
    const answer = await send(wide, payload)
    expect(refusalReasonOf(answer)).toBe(`${P}cumulative_exceeds_balance`)
    expect(wide.runs()).toBe(0)
  })

  test("#50 another channel's signature, a high s, a cut and a flipped signature", async () => {
    const { forge, server, config } = await opened('signatures')
    const elsewhere = channelIdOf({ ...config, salt: toHex(1n, { size: 32 }) }, CHAIN)
    const good = await forge(1_400n)
    const other = await forge(1_400n, { channelId: elsewhere })
    const signatureOf = (payload: PaymentPayload): Hex => {
      const content = parseChannelPayload(payload.payload)
      return content.type === 'voucher' ? content.voucher.signature : '0x'
    }
    const withSignature = (signature: Hex): PaymentPayload => ({
      ...good,
      payload: { ...good.payload, voucher: { ...(good.payload['voucher'] as object), signature } },
    })
    const valid = signatureOf(good)
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const high =
      `${valid.slice(0, 66)}${(order - BigInt(`0x${valid.slice(66, 130)}`)).toString(16).padStart(64, '0')}${valid.endsWith('1b') ? '1c' : '1b'}` as Hex
    const hostile: Hex[] = [signatureOf(other), high, `0x${valid.slice(2, -2)}`, '0x', `0x${'00'.repeat(65)}`]
    for (let index = 2; index < 130; index += 16) {
      const flipped = valid[index] === '0' ? '1' : '0'
      hostile.push(`${valid.slice(0, index)}${flipped}${valid.slice(index + 1)}` as Hex)
    }
    for (const signature of hostile) {
      const answer = await send(server, withSignature(signature))
      expect(refusalReasonOf(answer), signature).toBe(`${P}voucher_signature`)
    }
    expect(server.runs()).toBe(1)
    expect((await send(server, good)).status).toBe(200)
  })

  test('#51 whoever cannot sign for a channel learns nothing of it', async () => {
    const { forge, server, config, channelId } = await opened('secretive')
    const thief = accountOf('thief')
    for (const max of [1n, 1_400n, 99_999n]) {
      const answer = await send(server, await forge(max, { by: thief }))
      expect([answer.status, refusalReasonOf(answer)]).toEqual([402, `${P}voucher_signature`])
      const text = JSON.stringify(decodePaymentRequired(answer.headers.get('PAYMENT-REQUIRED') ?? ''))
      for (const secret of ['channelState', 'voucherState', channelId, 'chargedCumulativeAmount']) {
        expect(text).not.toContain(secret)
      }
    }
    // A channel of the thief's own with the victim as payer has another id, and is empty.
    const own = { ...config, payerAuthorizer: thief.address }
    const answer = await send(
      server,
      await forge(1_000n, { by: thief, config: own, channelId: channelIdOf(own, CHAIN) }),
    )
    expect(refusalReasonOf(answer)).toBe(`${P}channel_not_found`)
    expect(extraOf(answer)).not.toHaveProperty('channelState')
  })

  test('#58 the same channel on another chain or contract', async () => {
    const { forge, server, config } = await opened('chains')
    const answer = await send(server, await forge(1_400n, { chainId: 8453n }))
    expect(refusalReasonOf(answer)).toBe(`${P}voucher_signature`)
    const foreign = await send(server, await forge(1_400n, { channelId: channelIdOf(config, 8453n), chainId: 8453n }))
    expect(refusalReasonOf(foreign)).toBe(`${P}channel_id_mismatch`)
    const message = { channelId: channelIdOf(config, CHAIN), maxClaimableAmount: 1_400n }
    const data = voucherTypedData(message, CHAIN)
    const signature = await sign(accountOf('chains'), { ...data, domain: { ...data.domain, verifyingContract: USDC } })
    const payload = await forge(1_400n)
    const wrong = {
      ...payload,
      payload: { ...payload.payload, voucher: { ...(payload.payload['voucher'] as object), signature } },
    }
    expect(refusalReasonOf(await send(server, wrong))).toBe(`${P}voucher_signature`)
  })

  test.each<[string, Partial<ChannelConfig>, string]>([
    ['receiver', { receiver: accountOf('other receiver').address }, 'receiver_mismatch'],
    [
      'receiverAuthorizer',
      { receiverAuthorizer: accountOf('other authorizer').address },
      'receiver_authorizer_mismatch',
    ],
    ['token', { token: BATCH_SETTLEMENT_ADDRESS }, 'token_mismatch'],
    ['withdrawDelay', { withdrawDelay: 901 }, 'withdraw_delay_mismatch'],
  ])('#58 a channel with another %s', async (name, change, reason) => {
    const { forge, server, config } = await opened(`other ${name}`)
    const other = { ...config, ...change }
    const answer = await send(server, await forge(1_000n, { config: other, channelId: channelIdOf(other, CHAIN) }))
    expect(refusalReasonOf(answer)).toBe(P + reason)
    // Its id with the honest configuration is none.
    const mixed = await send(server, await forge(1_000n, { channelId: channelIdOf(other, CHAIN) }))
    expect(refusalReasonOf(mixed)).toBe(`${P}channel_id_mismatch`)
  })

  test('#56 a rotated key: the old one does not sign for the new channel, nor the new one for the old', async () => {
    const { forge, server, config } = await opened('rotating')
    const key = accountOf('next session key')
    const next = { ...config, payerAuthorizer: key.address }
    const byOld = await send(server, await forge(1_000n, { config: next, channelId: channelIdOf(next, CHAIN) }))
    expect(refusalReasonOf(byOld)).toBe(`${P}voucher_signature`)
    expect(refusalReasonOf(await send(server, await forge(1_400n, { by: key })))).toBe(`${P}voucher_signature`)
  })

  test('#56 a stolen session key cannot take the money: what it withdraws goes to the payer', async () => {
    const payer = await bench.payer('robbed payer')
    const stolen = accountOf('stolen session key')
    const server = await paidServer(bench)
    const client = channelClient({ signer: payer, authorizer: stolen, chain: bench.port })
    expect((await wrapFetch({ schemes: [client], policy })(`${server.url}/?charge=400`)).status).toBe(200)
    await claimChannels({ server: server.channels })
    const [channel] = await client.channels()
    if (channel === undefined) throw new Error('no channel')
    const thief = await bench.walletOf(stolen)
    await client.startWithdraw(channel.channelId, { writer: thief })
    await expect(client.finishWithdraw(channel.channelId, { writer: thief })).rejects.toThrow()
    await bench.advance(901)
    await client.finishWithdraw(channel.channelId, { writer: thief })
    expect(await tokenBalance(bench.chain, stolen.address)).toBe(0n)
    expect(await tokenBalance(bench.chain, payer.address)).toBe(1_000_000n - 400n)
  })
})

describe('deposits', () => {
  test('#55 an authorization for another channel, salt or collector is refused', async () => {
    const payer = await bench.payer('depositor')
    const requirements = channelRequirements()
    const client = channelClient({ signer: payer })
    const created = await client.createPayload(requirements, {
      now: BigInt(Math.floor(Date.now() / 1000)),
      nonce: toHex(3n, { size: 32 }),
      validAfter: 0n,
    })
    created.session?.closed()
    const content = parseChannelPayload(created.payload)
    if (content.type !== 'deposit' || content.deposit.authorization.method !== 'eip3009') throw new Error('no deposit')
    const { deposit } = content
    const server = await paidServer(bench)
    const attempt = (changed: ChannelPayload): Promise<Response> =>
      send(server, { x402Version: 2, accepted: requirements, payload: encodeChannelPayload(changed) })
    const salted = { ...deposit, authorization: { ...deposit.authorization, salt: toHex(4n, { size: 32 }) } }
    expect(refusalReasonOf(await attempt({ ...content, deposit: salted }))).toBe(`${P}receive_authorization_signature`)
    expect(
      refusalReasonOf(
        await attempt({
          ...content,
          deposit: { ...deposit, amount: 9_000n, authorization: { ...deposit.authorization, value: 9_000n } },
        }),
      ),
    ).toBe(`${P}receive_authorization_signature`)
    // The same authorization cannot fund another channel, by whichever collector.
    const config = { ...content.config, salt: toHex(1n, { size: 32 }) }
    const simulated = await bench.port.call({ to: BATCH_SETTLEMENT_ADDRESS, data: depositCalldata(config, deposit) })
    expect(simulated.status).toBe('reverted')
    expect(server.runs()).toBe(0)
    expect((await attempt(content)).status).toBe(200)
  })

  test('#55 a Permit2 deposit for another spender, channel or amount is refused', async () => {
    const payer = await bench.payer('permit depositor')
    const requirements = permitChannel()
    const created = await channelClient({ signer: payer }).createPayload(requirements, {
      now: BigInt(Math.floor(Date.now() / 1000)),
      nonce: toHex(3n, { size: 32 }),
      validAfter: 0n,
    })
    created.session?.closed()
    const server = await paidServer(bench, { requirements })
    const change = (
      path: 'spender' | 'permitted' | 'witness' | 'deadline' | 'from',
      value: unknown,
    ): PaymentPayload => {
      const copy = structuredClone(created.payload) as {
        deposit: { authorization: { permit2Authorization: Record<string, unknown> } }
      }
      copy.deposit.authorization.permit2Authorization[path] = value
      return { x402Version: 2, accepted: requirements, payload: copy as unknown as PaymentPayload['payload'] }
    }
    for (const [path, value, reason] of [
      ['spender', USDC, 'permit2_invalid_spender'],
      ['permitted', { token: USDC, amount: '1' }, 'permit2_amount_mismatch'],
      ['permitted', { token: BATCH_SETTLEMENT_ADDRESS, amount: '10000' }, 'token_mismatch'],
      ['witness', { channelId: toHex(1n, { size: 32 }) }, 'channel_id_mismatch'],
      ['deadline', '1000', 'permit2_deadline_expired'],
      ['from', USDC, 'permit2_invalid_signature'],
    ] as const) {
      expect(refusalReasonOf(await send(server, change(path, value))), path).toBe(P + reason)
    }
    expect(server.runs()).toBe(0)
  })

  test('#55 a deposit that somebody else has brought already counts once', async () => {
    const payer = await bench.payer('front-run depositor')
    const requirements = channelRequirements()
    const created = await channelClient({ signer: payer }).createPayload(requirements, {
      now: BigInt(Math.floor(Date.now() / 1000)),
      nonce: toHex(3n, { size: 32 }),
      validAfter: 0n,
    })
    created.session?.closed()
    const content = parseChannelPayload(created.payload)
    if (content.type !== 'deposit') throw new Error('no deposit')
    const stranger = await bench.walletOf(accountOf('stranger'))
    const data = depositCalldata(content.config, content.deposit)
    const front = await stranger.execute({ to: BATCH_SETTLEMENT_ADDRESS, data, dedupeKey: toHex(77n, { size: 32 }) })
    expect(front.status).toBe('success')
    const sent = bench.sent()
    const server = await paidServer(bench)
    const answer = await send(server, { x402Version: 2, accepted: requirements, payload: created.payload })
    expect(answer.status).toBe(200)
    expect(settlementOf(answer)).toMatchObject({
      success: true,
      transaction: front.transaction,
      extra: { channelState: { balance: '10000' } },
    })
    expect(bench.sent()).toBe(sent)
  })

  test('#55 a deposit whose transaction is pending is asked for again, and a lost answer does not deposit twice', async () => {
    const payer = await bench.payer('pending depositor')
    let calls = 0
    const facilitator: Facilitator = {
      ...bench.facilitator,
      async settle(payload, requirements) {
        calls += 1
        const outcome = await bench.facilitator.settle(payload, requirements)
        return calls === 1 && outcome.success
          ? { ...outcome, success: false, errorReason: 'settlement_pending' }
          : outcome
      },
    }
    const server = await paidServer(bench, { facilitator })
    let lose = true
    const lossy: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (lose && new Headers(init?.headers).has('PAYMENT-SIGNATURE')) {
        lose = false
        throw new TypeError('connection reset')
      }
      return response
    }
    const client = channelClient({ signer: payer, chain: bench.port })
    const pay = wrapFetch({ fetch: lossy, schemes: [client], policy })
    await expect(pay(`${server.url}/?charge=30`)).rejects.toThrow('connection reset')
    expect(calls).toBe(2)
    expect(await client.channels()).toMatchObject([{ isInDoubt: true, charged: 0n }])
    // The same call again is the call that was charged, not a second one.
    const again = await pay(`${server.url}/?charge=30`)
    expect(again.status).toBe(409)
    expect(server.runs()).toBe(1)
    expect(await client.channels()).toMatchObject([{ isInDoubt: false, charged: 30n, balance: 10_000n }])
    expect((await pay(`${server.url}/?charge=12`)).status).toBe(200)
    expect(await tokenBalance(bench.chain, payer.address)).toBe(990_000n)
  })

  test('#55 a deposit without funds gets no work', async () => {
    const payer = await bench.payer('poor depositor', 500n)
    const server = await paidServer(bench)
    const pay = wrapFetch({ schemes: [channelClient({ signer: payer })], policy })
    const answer = await pay(server.url)
    expect(refusalReasonOf(answer)).toBe(`${P}insufficient_balance`)
    expect(server.runs()).toBe(0)
  })

  test('#55 a failing call after a deposit keeps the deposit, and both sides know', async () => {
    const payer = await bench.payer('unlucky depositor')
    const server = await paidServer(bench)
    const client = channelClient({ signer: payer })
    const pay = wrapFetch({ schemes: [client], policy })
    const failed = await pay(`${server.url}/?fail=1`)
    expect(failed.status).toBe(500)
    expect(settlementOf(failed)?.extra).toMatchObject({ chargedAmount: '0' })
    expect(await client.channels()).toMatchObject([{ charged: 0n, balance: 10_000n, pendingDeposit: undefined }])
    const sent = bench.sent()
    expect((await pay(`${server.url}/?charge=5`)).status).toBe(200)
    expect(bench.sent()).toBe(sent)
  })

  test('#59 dust: deposits below the minimum, and claims not worth their gas', async () => {
    const payer = await bench.payer('dust maker')
    const server = await paidServer(bench, { channels: { minDeposit: 5_000n } })
    const tiny = wrapFetch({ schemes: [channelClient({ signer: payer, depositPolicy: { multiplier: 1 } })], policy })
    expect(refusalReasonOf(await tiny(server.url))).toBe(`${P}deposit_below_min_deposit`)
    const strict = createFacilitator({
      schemes: [
        channelFacilitator({ network: NETWORK, chain: bench.port, writer: bench.port, authorizer, minDeposit: 5_000n }),
      ],
    })
    const lax = await paidServer(bench, { facilitator: strict })
    expect(refusalReasonOf(await tiny(lax.url))).toBe('channel_deposit_dust')
    const small = await paidServer(bench, { store: createMemoryChannelStore({ maxChannels: 1 }) })
    for (const [salt, status] of [
      [1n, 200],
      [2n, 402],
    ] as const) {
      const pay = wrapFetch({ schemes: [channelClient({ signer: payer, salt: toHex(salt, { size: 32 }) })], policy })
      const answer = await pay(`${small.url}/?charge=3`)
      expect(answer.status).toBe(status)
    }
    expect(await claimChannels({ server: small.channels, minAmount: 100n })).toEqual([])
    expect(await claimChannels({ server: small.channels })).toHaveLength(1)
  })
})

describe('tools', () => {
  test('behavior: a facilitator judges deposits and vouchers with the tools it is given', async () => {
    const used = { recover: 0, keccak: 0 }
    const options = { network: NETWORK, chain: bench.port, writer: bench.port, authorizer } as const
    const facilitator = createFacilitator({
      schemes: [
        channelFacilitator({
          ...options,
          recover: (digest, signature) => {
            used.recover += 1
            return nobleRecover(digest, signature)
          },
          keccak: (bytes) => {
            used.keccak += 1
            return portableKeccak(bytes)
          },
        }),
      ],
    })
    const { forge, requirements } = await opened('facilitator tools', { facilitator })
    // The deposit's signature and the first voucher's.
    expect(used.recover).toBeGreaterThanOrEqual(2)
    const voucher = await forge(2_000n)
    used.recover = 0
    used.keccak = 0
    expect(await facilitator.verify(voucher, requirements)).toMatchObject({ isValid: true })
    expect(used.recover).toBe(1)
    expect(used.keccak).toBeGreaterThan(0)
    const blind = createFacilitator({
      schemes: [channelFacilitator({ ...options, recover: () => new Uint8Array(65).fill(4) })],
    })
    expect(await blind.verify(voucher, requirements)).toMatchObject({
      isValid: false,
      invalidReason: `${P}voucher_signature`,
    })
  })
})

describe('lost answers', () => {
  test('#49 a call whose answer was lost is charged once, whatever ran in between', async () => {
    const { server, client, payer } = await opened('lost answers')
    const lossy: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (String(input).includes('lost') && new Headers(init?.headers).has('PAYMENT-SIGNATURE') && losses-- > 0) {
        throw new TypeError('connection reset')
      }
      return response
    }
    let losses = 1
    const pay = wrapFetch({ fetch: lossy, schemes: [client], policy })
    await expect(pay(`${server.url}/lost?charge=70`)).rejects.toThrow('connection reset')
    // The next call is corrected: the server counts what the client could not see.
    expect((await pay(`${server.url}/other?charge=5`)).status).toBe(200)
    const runs = server.runs()
    const again = await pay(`${server.url}/lost?charge=70`)
    expect([again.status, settlementOf(again)?.extra?.['chargedAmount']]).toEqual([409, '70'])
    expect(server.runs()).toBe(runs)
    expect(await client.channels()).toMatchObject([{ charged: 475n, frozen: undefined }])
    // The same call anew, after the answer was seen to be used, stays that call; another body is another call.
    expect((await pay(`${server.url}/lost?charge=71`)).status).toBe(200)
    expect((await server.store.listUnclaimed())[0]?.charged).toBe(546n)
    expect(payer.address).toBe(accountOf('lost answers').address)
  })

  test('behavior: a foreign client that repeats a call is corrected, with proof, and may pay anew', async () => {
    const { server, forge } = await opened('foreign repetition')
    const payload = await forge(1_400n)
    expect((await send(server, payload)).status).toBe(200)
    const again = await send(server, payload)
    expect([again.status, refusalReasonOf(again)]).toEqual([402, `${P}cumulative_amount_mismatch`])
    expect(extraOf(again)).toMatchObject({ channelState: { chargedCumulativeAmount: '401' } })
  })
})

describe('a channel without an authorizer', () => {
  test('#51 the chain judges every voucher, and nothing is told before', async () => {
    const payer = await bench.payer('no authorizer')
    const requirements = channelRequirements()
    const template = channelClient({ signer: payer })
    const now = BigInt(Math.floor(Date.now() / 1000))
    const created = await template.createPayload(requirements, { now, nonce: toHex(3n, { size: 32 }), validAfter: 0n })
    created.session?.closed()
    const content = parseChannelPayload(created.payload)
    if (content.type !== 'deposit' || content.deposit.authorization.method !== 'eip3009') throw new Error('no deposit')
    const config = { ...content.config, payerAuthorizer: ZERO_ADDRESS }
    const channelId = channelIdOf(config, CHAIN)
    const authorization = { ...content.deposit.authorization, channelId }
    const domain = { name: 'USDC', version: '2', chainId: CHAIN, verifyingContract: USDC } as const
    const voucherOf = async (max: bigint, by: Signer) => {
      const voucher = { channelId, maxClaimableAmount: max }
      return { ...voucher, signature: await sign(by, voucherTypedData(voucher, CHAIN)) }
    }
    const server = await paidServer(bench)
    const pay = (payload: ChannelPayload): Promise<Response> =>
      send(server, { x402Version: 2, accepted: requirements, payload: encodeChannelPayload(payload) })
    const deposit = {
      ...content.deposit,
      authorization,
      signature: await sign(payer, depositTypedData(authorization, domain)),
    }
    expect((await pay({ type: 'deposit', config, voucher: await voucherOf(1_000n, payer), deposit })).status).toBe(200)
    expect((await pay({ type: 'voucher', config, voucher: await voucherOf(1_001n, payer) })).status).toBe(200)
    for (const max of [1_002n, 5_000n]) {
      const answer = await pay({ type: 'voucher', config, voucher: await voucherOf(max, accountOf('thief')) })
      expect(refusalReasonOf(answer)).toBe(`${P}voucher_signature`)
      expect(extraOf(answer)).not.toHaveProperty('channelState')
    }
    const misfit = await pay({ type: 'voucher', config, voucher: await voucherOf(5_000n, payer) })
    expect(refusalReasonOf(misfit)).toBe(`${P}cumulative_amount_mismatch`)
    expect(await claimChannels({ server: server.channels })).toMatchObject([
      { amount: 2n, settlement: { success: true } },
    ])
  })
})

describe('claims and refunds', () => {
  test('#54 a direct refund advances the nonce: a signed refund of before is worthless, the next one works', async () => {
    const { client, server, channelId, pay } = await opened('refund race')
    const receiver = await bench.walletOf(authorizer)
    const [channel] = await client.channels()
    const config = channel?.config
    if (config === undefined) throw new Error('no channel')
    const order = { channelId, nonce: 0n, amount: 500n }
    const early = await sign(authorizer, refundTypedData(order, CHAIN))
    const direct = encodeFunctionData({ abi: batchSettlementAbi, functionName: 'refund', args: [config, 300n] })
    await receiver.execute({ to: BATCH_SETTLEMENT_ADDRESS, data: direct, dedupeKey: toHex(54n, { size: 32 }) })
    const stale = await bench.port.call({
      to: BATCH_SETTLEMENT_ADDRESS,
      data: refundCalldata(config, { ...order, signature: early }),
    })
    expect(stale.status).toBe('reverted')
    // The server learns the new nonce from its facilitator, and the client what is left.
    const refunded = await client.refund(server.url, { fetch })
    expect(refunded).toMatchObject({ success: true, amount: (10_000n - 300n - 400n).toString() })
    expect(await readChannelState(bench.port, channelId)).toMatchObject({
      balance: 400n,
      totalClaimed: 400n,
      refundNonce: 2n,
    })
    expect((await pay(`${server.url}/?charge=1`)).status).toBe(200)
  })

  test('#54 claims and refunds at the same time: everybody gets what is theirs', async () => {
    const { client, server, channelId, payer } = await opened('claim race')
    const [claims, refund] = await Promise.all([
      claimChannels({ server: server.channels }),
      client.refund(server.url, { fetch }).catch((error: unknown) => error),
    ])
    const state = await readChannelState(bench.port, channelId)
    expect(state.totalClaimed).toBe(400n)
    expect(claims.length).toBeLessThanOrEqual(1)
    if (!(refund instanceof Error)) expect(state.balance).toBe(400n)
    expect(await tokenBalance(bench.chain, payer.address)).toBe(1_000_000n - state.balance)
  })

  test('behavior: the same claim asked for five times is one transaction with five equal answers', async () => {
    const { server, config, forge, requirements } = await opened('same claim')
    const [record] = await server.store.listUnclaimed()
    if (record?.signature === undefined) throw new Error('nothing to claim')
    const payload = await forge(1_000n)
    const content = encodeChannelPayload({
      type: 'claim',
      claims: [
        { config, maxClaimableAmount: record.signedMax, signature: record.signature, totalClaimed: record.charged },
      ],
      claimSignature: undefined,
    })
    const sent = bench.sent()
    const ask = () => bench.facilitator.settle({ ...payload, payload: content }, requirements)
    const answers = await Promise.all(Array.from({ length: 5 }, ask))
    expect(bench.sent()).toBe(sent + 1)
    const late = await ask()
    for (const answer of [...answers, late]) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ success: true, amount: '' })
  })

  test('behavior: a bad channel in a batch of claims costs the others nothing', async () => {
    const store = createMemoryChannelStore()
    const payer = await bench.payer('bad batch')
    const server = await paidServer(bench, { store })
    for (const salt of [1n, 2n, 3n]) {
      const pay = wrapFetch({ schemes: [channelClient({ signer: payer, salt: toHex(salt, { size: 32 }) })], policy })
      await pay(`${server.url}/?charge=100`)
    }
    const [, victim] = await store.listUnclaimed()
    if (victim === undefined) throw new Error('no channel')
    await store.update(victim.channelId, (current) =>
      current === undefined ? 'keep' : { ...current, signature: `0x${'11'.repeat(65)}` },
    )
    const claimed = await claimChannels({ server: server.channels })
    expect(claimed.map(({ settlement }) => settlement.success).sort()).toEqual([false, true, true])
    expect(claimed.find(({ settlement }) => !settlement.success)).toMatchObject({
      channelId: victim.channelId,
      settlement: { errorReason: `${P}claim_simulation_failed` },
    })
  })

  test('error: a facilitator without the key, or with another one, claims nothing unsigned', async () => {
    const { server, config, forge, requirements } = await opened('keyless')
    const [record] = await server.store.listUnclaimed()
    const content = encodeChannelPayload({
      type: 'claim',
      claims: [{ config, maxClaimableAmount: 1_000n, signature: record?.signature ?? '0x', totalClaimed: 400n }],
      claimSignature: undefined,
    })
    const payload = { ...(await forge(1_000n)), payload: content }
    const options = { network: NETWORK, chain: bench.port, writer: bench.port } as const
    const keyless = createFacilitator({ schemes: [channelFacilitator(options)] })
    expect(await keyless.settle(payload, requirements)).toMatchObject({ errorReason: `${P}authorizer_not_configured` })
    const other = createFacilitator({ schemes: [channelFacilitator({ ...options, authorizer: accountOf('nobody') })] })
    expect(await other.settle(payload, requirements)).toMatchObject({ errorReason: `${P}authorizer_address_mismatch` })
    const forged = { ...payload, payload: { ...content, claimAuthorizerSignature: `0x${'22'.repeat(65)}` } }
    expect(await bench.facilitator.settle(forged, requirements)).toMatchObject({
      errorReason: `${P}claim_simulation_failed`,
    })
  })
})

describe('who may ask an authorizer', () => {
  test('#54 it gives back what is not claimed yet to whoever reaches it, unless the server keeps the key itself', async () => {
    const own = accountOf('server key')
    const extra = { ...channelRequirements().extra, receiverAuthorizer: own.address }
    for (const [keeps, requirements] of [
      [false, channelRequirements()],
      [true, channelRequirements({ extra })],
    ] as const) {
      const channels = keeps ? { authorizer: own } : {}
      const { payer, server, config, forge } = await opened(`asked behind the back: ${keeps}`, {
        requirements,
        channels,
      })
      const before = await tokenBalance(bench.chain, payer.address)
      const asked = await forge(0n)
      const { voucher } = asked.payload
      const wish = {
        type: 'refund',
        channelConfig: { ...config },
        voucher,
        amount: '10000',
        refundNonce: '0',
        claims: [],
      }
      const settled = await bench.facilitator.settle({ ...asked, payload: wish as never }, requirements)
      expect(settled.success).toBe(!keeps)
      expect((await tokenBalance(bench.chain, payer.address)) - before).toBe(keeps ? 0n : 10_000n)
      // Of a channel that was emptied the 400 that were charged cannot be claimed any more.
      const claimed = await claimChannels({ server: server.channels })
      expect(claimed.map(({ settlement }) => settlement.success)).toEqual([keeps])
    }
  })
})

describe('time', () => {
  test('#57 a handler that runs longer than the lease is charged all the same, and nobody comes between', {
    timeout: 60_000,
  }, async () => {
    const store = createMemoryChannelStore()
    let isWorking = false
    const handler = async ({
      charge,
      request,
    }: {
      charge(amount: bigint): void
      request: Request
    }): Promise<Response> => {
      if (request.url.includes('slow')) {
        isWorking = true
        await new Promise((resolve) => setTimeout(resolve, 2_600))
      }
      charge(50n)
      return new Response('ok')
    }
    const options = { store, handler, channels: { leaseSeconds: 1 } } as const
    const [one, two] = [await paidServer(bench, options), await paidServer(bench, options)]
    const payer = await bench.payer('slow handler')
    const client = channelClient({ signer: payer })
    const pay = wrapFetch({ schemes: [client], policy })
    expect((await pay(one.url)).status).toBe(200)
    const [channel] = await client.channels()
    if (channel === undefined) throw new Error('no channel')
    const slow = pay(`${one.url}/slow`)
    await expect.poll(() => isWorking).toBe(true)
    const voucher = { channelId: channel.channelId, maxClaimableAmount: 1_050n }
    const signature = await sign(payer, voucherTypedData(voucher, CHAIN))
    const content = encodeChannelPayload({
      type: 'voucher',
      config: channel.config,
      voucher: { ...voucher, signature },
    })
    const rival = await send(two, { x402Version: 2, accepted: channelRequirements(), payload: content })
    expect(refusalReasonOf(rival)).toBe(`${P}cumulative_amount_mismatch`)
    const answer = await slow
    expect(settlementOf(answer)?.extra).toMatchObject({
      chargedAmount: '50',
      channelState: { chargedCumulativeAmount: '100' },
    })
  })
})

describe('servers that lie', () => {
  async function liar(
    name: string,
    lie: (settlement: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<{ client: ChannelClient; pay: ReturnType<typeof wrapFetch>; url: string; frozen: string[] }> {
    const payer = await bench.payer(name)
    const honest = await paidServer(bench)
    const url = await bench.serve(async (request) => {
      const target = `${honest.url}${new URL(request.url).pathname}${new URL(request.url).search}`
      const payment = request.headers.get('payment-signature')
      const response = await fetch(target, payment === null ? {} : { headers: { 'payment-signature': payment } })
      const headers = new Headers(response.headers)
      const settlement = settlementOf(response)
      if (settlement !== undefined && new URL(request.url).searchParams.has('lie')) {
        const { extra, ...rest } = settlement
        headers.set('PAYMENT-RESPONSE', encodePaymentHeader({ ...rest, extra: lie({ ...extra }) as never }))
      }
      headers.delete('content-encoding')
      return new Response(await response.text(), { status: response.status, headers })
    })
    const frozen: string[] = []
    const client = channelClient({
      signer: payer,
      chain: bench.port,
      onFrozen: ({ frozen: why }) => frozen.push(why ?? ''),
    })
    return { client, pay: wrapFetch({ schemes: [client], policy }), url, frozen }
  }

  test.each<[string, (extra: Record<string, unknown>) => Record<string, unknown>]>([
    ['a charge above the ceiling', (extra) => ({ ...extra, chargedAmount: '1001' })],
    [
      'a cumulative count above its charge',
      (extra) => ({ ...extra, channelState: { ...(extra['channelState'] as object), chargedCumulativeAmount: '999' } }),
    ],
    ['a charge that is no number', (extra) => ({ ...extra, chargedAmount: '-5' })],
    [
      'another channel',
      (extra) => ({
        ...extra,
        channelState: { ...(extra['channelState'] as object), channelId: toHex(1n, { size: 32 }) },
      }),
    ],
    [
      'a claim above the charges',
      (extra) => ({ ...extra, channelState: { ...(extra['channelState'] as object), totalClaimed: '9000' } }),
    ],
  ])('#66 %s stops the signing; the payer withdraws', async (name, lie) => {
    const { client, pay, url, frozen } = await liar(`lied to: ${name}`, lie)
    expect((await pay(`${url}/?charge=100`)).status).toBe(200)
    // The answer that was paid for arrives all the same.
    expect((await pay(`${url}/?charge=10&lie=1`)).status).toBe(200)
    expect(frozen).toHaveLength(1)
    await expect(pay(`${url}/?charge=1`)).rejects.toMatchObject({ code: 'CHANNEL_FROZEN' })
    const [channel] = await client.channels()
    expect(channel).toMatchObject({ charged: 100n, frozen: frozen[0] })
    const wallet = await bench.walletOf(accountOf(`lied to: ${name}`))
    await client.startWithdraw(channel?.channelId ?? '0x', { writer: wallet })
    expect((await readChannelState(bench.port, channel?.channelId ?? '0x')).withdrawRequestedAt).not.toBe(0n)
  })

  test('#66 a corrective 402 that counts more than the server said before stops the signing', async () => {
    const { pay, server, client } = await opened('corrected to death')
    const [record] = await server.store.listUnclaimed()
    if (record === undefined) throw new Error('no channel')
    // The server pretends to have charged the whole ceiling of the first voucher, of which it reported 400.
    await server.store.update(record.channelId, (current) =>
      current === undefined ? 'keep' : { ...current, charged: 1_000n },
    )
    const answer = await pay(`${server.url}/?charge=1`)
    expect(refusalReasonOf(answer)).toBe(`${P}cumulative_amount_mismatch`)
    await expect(pay(`${server.url}/?charge=1`)).rejects.toMatchObject({ code: 'CHANNEL_FROZEN' })
    expect(await client.channels()).toMatchObject([{ charged: 400n }])
  })

  test("#66 a correction with a signature that is not the client's is not believed", async () => {
    const { server, client, pay } = await opened('forged correction')
    const voucher = { channelId: (await client.channels())[0]?.channelId ?? '0x', maxClaimableAmount: 8_000n } as const
    const signature = await sign(accountOf('forger'), voucherTypedData(voucher, CHAIN))
    await server.store.update(voucher.channelId, (current) =>
      current === undefined ? 'keep' : { ...current, charged: 7_000n, signedMax: 8_000n, signature },
    )
    expect((await pay(`${server.url}/?charge=1`)).status).toBe(402)
    expect(await client.channels()).toMatchObject([{ charged: 400n }])
  })
})

describe('servers that refuse what they count', () => {
  /** A server that serves nothing from now on, and says of each voucher that it has charged all of it. */
  async function refusing(
    name: string,
    limits: { readonly maxAmountPerCall?: bigint; readonly maxAmountPerHour?: bigint },
  ) {
    const payer = await bench.payer(name)
    const honest = await paidServer(bench)
    const signed: bigint[] = []
    const url = await bench.serve(async (request) => {
      const header = request.headers.get('payment-signature')
      const target = new URL(request.url)
      const response = await fetch(
        `${honest.url}${target.pathname}${target.search}`,
        header === null || target.searchParams.has('refuse') ? {} : { headers: { 'payment-signature': header } },
      )
      const headers = new Headers(response.headers)
      headers.delete('content-encoding')
      if (header !== null && target.searchParams.has('refuse')) {
        const content = parseChannelPayload(decodePaymentPayload(header).payload)
        if (content.type !== 'voucher') throw new Error('not a voucher')
        const { channelId, maxClaimableAmount: max, signature } = content.voucher
        signed.push(max)
        const required = decodePaymentRequired(response.headers.get('PAYMENT-REQUIRED') ?? '')
        const state = await readChannelState(bench.port, channelId)
        const extra = {
          channelState: encodeChannelState(state, { channelId, charged: max }),
          voucherState: { signedMaxClaimable: max.toString(), signature },
        }
        const accepts = required.accepts.map((entry) => ({ ...entry, extra: { ...entry.extra, ...extra } }))
        const error = `${P}cumulative_amount_mismatch`
        headers.set('PAYMENT-REQUIRED', encodePaymentHeader({ ...required, accepts, error }))
      }
      return new Response(await response.text(), { status: response.status, headers })
    })
    const client = channelClient({ signer: payer, chain: bench.port })
    const pay = wrapFetch({ schemes: [client], policy: { ...policy, ...limits } })
    expect((await pay(`${url}/?charge=400`)).status).toBe(200)
    return { pay, url, signed }
  }

  test('#66 both vouchers of one call together stay below its cap', async () => {
    const { pay, url, signed } = await refusing('refused at its cap', { maxAmountPerCall: 1_000n })
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(pay(`${url}/?refuse=1`)).rejects.toMatchObject({ code: 'PRICE_ABOVE_CAP' })
    }
    // The call costs 1 000, 400 were charged before it. However often it is repeated, it is the same call.
    expect(signed).toEqual([1_400n])
  })

  test('#66 what is signed on top counts against the budget of the hour', async () => {
    const { pay, url, signed } = await refusing('refused within its budget', { maxAmountPerHour: 4_000n })
    const codes: unknown[] = []
    for (let attempt = 0; attempt < 8; attempt += 1) {
      codes.push(
        await pay(`${url}/?refuse=${attempt}`).then(
          ({ status }) => status,
          ({ code }) => code,
        ),
      )
    }
    // 1 000 for the first call, 3 000 for what was signed since; it was charged 400.
    expect(codes).toEqual([402, ...Array(7).fill('BUDGET_EXHAUSTED')])
    expect(signed).toEqual([1_400n, 2_400n, 3_400n])
  })
})

describe('a price that went up since it was quoted', () => {
  test("#37 #51 #66 a correction comes in today's terms, and is believed with the payer's own voucher as proof only", async () => {
    const payer = await bench.payer('corrected at a quoted price')
    const store = createMemoryChannelStore()
    let amount = '1000'
    const ceilings: bigint[] = []
    const paywall = createPaywall({
      requirementsFor: (request) => ({
        resource: { url: request.url },
        accepts: [channelRequirements({ amount })],
        priceClass: 'chat',
      }),
      quotes: { secrets: [new Uint8Array(32).fill(7)], validSeconds: 300 },
      store: createMemoryReservationStore(),
      facilitator: bench.facilitator,
      channels: createChannelServer({ store, facilitator: bench.facilitator }),
    })
    const url = await bench.serve((request) =>
      paywall(request, async ({ payment, charge }) => {
        ceilings.push(payment.authorized)
        charge(100n)
        return new Response('served')
      }),
    )
    const device = () => {
      const client = channelClient({ signer: payer })
      const pay = wrapFetch({ schemes: [client], policy: { ...policy, maxAmountPerCall: 5_000n }, payFirst: true })
      return { client, pay: () => pay(url) }
    }
    const first = device()
    expect((await first.pay()).status).toBe(200)
    amount = '2000'
    // The earlier price holds as long as its quote does.
    expect((await first.pay()).status).toBe(200)
    expect(ceilings).toEqual([1_000n, 1_000n])
    // Another device of the same payer moves the count on, at today's price.
    const second = device()
    expect((await second.pay()).status).toBe(200)
    expect(ceilings).toEqual([1_000n, 1_000n, 2_000n])
    // The first one offers the earlier price with a count that is behind: it is told with proof, and pays what is asked now.
    expect((await first.pay()).status).toBe(200)
    expect(ceilings).toEqual([1_000n, 1_000n, 2_000n, 2_000n])
    expect(await first.client.channels()).toMatchObject([{ charged: 400n, frozen: undefined }])

    // The same correction under a voucher that another key has signed: no count is taken over and nothing more is paid.
    const [record] = await store.listUnclaimed()
    if (record === undefined) throw new Error('no channel')
    const voucher = { channelId: record.channelId, maxClaimableAmount: 9_000n }
    const signature = await sign(accountOf('forger'), voucherTypedData(voucher, CHAIN))
    await store.update(record.channelId, (current) =>
      current === undefined ? 'keep' : { ...current, charged: 8_000n, signedMax: 9_000n, signature },
    )
    const refused = await first.pay()
    expect(refusalReasonOf(refused)).toBe(`${P}cumulative_amount_mismatch`)
    expect(decodePaymentRequired(refused.headers.get('PAYMENT-REQUIRED') ?? '').accepts[0]?.amount).toBe('2000')
    expect(ceilings).toHaveLength(4)
    expect(await first.client.channels()).toMatchObject([{ charged: 400n }])
  })
})

describe('facilitator rules', () => {
  test('error: scheme, network, tokens it does not serve, and what cannot be verified', async () => {
    const { forge, requirements } = await opened('rules')
    const payload = await forge(1_400n)
    const verify = (change: Partial<PaymentRequirements>) =>
      bench.facilitator.verify(payload, { ...requirements, ...change })
    expect(await bench.facilitator.verify(payload, requirements)).toMatchObject({
      isValid: true,
      extra: { balance: '10000' },
    })
    expect(await verify({ asset: BATCH_SETTLEMENT_ADDRESS })).toMatchObject({
      invalidReason: 'invalid_payment_requirements',
    })
    expect(await verify({ payTo: USDC })).toMatchObject({ invalidReason: `${P}receiver_mismatch` })
    const claim = encodeChannelPayload({ type: 'settle', receiver: USDC, token: USDC })
    expect(await bench.facilitator.verify({ ...payload, payload: claim }, requirements)).toMatchObject({
      invalidReason: `${P}payload_type`,
    })
    expect(await bench.facilitator.settle(payload, requirements)).toMatchObject({ errorReason: `${P}payload_type` })
    expect(await bench.facilitator.verify({ ...payload, payload: { type: 'voucher' } }, requirements)).toMatchObject({
      invalidReason: 'invalid_payload',
    })
    const wrongChain = createFacilitator({
      schemes: [
        channelFacilitator({ network: NETWORK, chain: { ...bench.port, chainId: async () => 1n }, writer: bench.port }),
      ],
    })
    expect(await wrongChain.verify(payload, requirements)).toMatchObject({ invalidReason: 'invalid_network' })
    expect(await bench.facilitator.verify(await forge(10_001n), requirements)).toMatchObject({
      invalidReason: `${P}cumulative_exceeds_balance`,
    })
    expect((await bench.facilitator.supported()).kinds).toMatchObject([
      { extra: { receiverAuthorizer: authorizer.address } },
    ])
  })
})

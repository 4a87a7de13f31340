import { decodeSettleResponse, encodePaymentHeader } from '@og/x402'
import { channelClient, encodeChannelPayload, hashVoucher } from '@og/x402/channel'
import { wrapFetch } from '@og/x402/client'
import { toHex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { accountOf, type BenchChain, startBenchChain } from './chain.js'
import { type Answer, checkAnswer, fireAll, type Shot } from './load.js'
import { askPrice, drawBytes } from './presign.js'
import { type Servers, startServers } from './servers.js'
import { answerText, asset, channelDeposit, network, price } from './terms.js'

const counts = { channels: 8, rounds: 3, vouchersPerChannel: 25, warmUpPerChannel: 15 } as const

/** Paid requests by voucher, out of channels that were opened before. */
export const x402Channels: Benchmark = {
  name: 'x402-channels',
  summary: 'requests paid by channel vouchers: rate against the official batch-settlement',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const on = await startBenchChain()
  try {
    const chain = (index: number) => ({
      rpcUrl: on.chain.rpcUrl,
      facilitatorKey: on.keyAt(index),
      authorizerKey: on.keyAt(9),
    })
    const servers = await startServers({
      ours: { payTo: accountOf('our payee').address, chain: chain(1) },
      peer: { payTo: accountOf('official payee').address, chain: chain(2) },
    })
    try {
      return await measure(context, on, servers)
    } finally {
      await servers.stop()
    }
  } finally {
    await on.chain.stop()
  }
}

/** The headers of one channel, in the order in which they are good. */
type Vouchers = string[]

async function measure(context: BenchmarkContext, on: BenchChain, servers: Servers): Promise<readonly Row[]> {
  context.say('opening channels and signing vouchers …')
  const payers = await on.fund('channel payer', counts.channels, 10_000_000n)
  const channels: Record<SideName, readonly Vouchers[]> = {
    ours: await Promise.all(payers.map((payer) => openChannel(`${servers.url.ours}/channel`, payer))),
    peer: [],
  }
  // One after the other: the peer's deposits are settled by one account.
  const opened: Vouchers[] = []
  for (const payer of payers) opened.push(await openChannel(`${servers.url.peer}/channel`, payer))
  channels.peer = opened

  const rates: Record<SideName, number[]> = { ours: [], peer: [] }
  const round = async (side: SideName, perChannel: number): Promise<number> => {
    const url = `${servers.url[side]}/channel`
    const lanes = channels[side].map((left): readonly Shot[] =>
      left.splice(0, perChannel).map((payment) => ({ url, payment })),
    )
    const started = performance.now()
    // A voucher is good after the one before it: each channel is a line of its own.
    const fired = await Promise.all(lanes.map((lane) => fireAll(lane, 1)))
    const seconds = (performance.now() - started) / 1000
    const answers = fired.flatMap((lane) => lane.answers)
    for (const answer of answers) checkAnswer(answer, { text: answerText, settlement: 'success' })
    return answers.length / seconds
  }
  context.say('vouchers …')
  for (const side of ['ours', 'peer'] as const) await round(side, counts.warmUpPerChannel)
  await takeTurns(
    counts.rounds,
    async (side) => void rates[side].push(await round(side, counts.vouchersPerChannel)),
    context.signal,
  )
  // The last voucher of each channel tells what it was charged in all.
  for (const side of ['ours', 'peer'] as const) {
    const url = `${servers.url[side]}/channel`
    for (const [payment] of channels[side]) {
      if (payment === undefined) throw new Error('no voucher is left')
      const [answer] = (await fireAll([{ url, payment }], 1)).answers
      if (answer === undefined || chargedOf(answer) !== (BigInt(vouchersInAll) + 1n) * price) {
        throw new Error(`${side}: a channel was not charged what its calls cost`)
      }
    }
  }
  return [
    rowOf({
      name: 'x402-channels/vouchers',
      ours: medianOf(rates.ours),
      peer: medianOf(rates.peer),
      peerName: '@x402/express + @x402/evm batch-settlement',
      peerVersion: packageVersion('@x402/evm'),
      unit: 'paid requests/s',
      better: 'higher',
      target: 20,
      config: { ...context.machine, ...counts, tools: servers.tools },
    }),
  ]
}

/** What is signed for each channel besides the deposit; the last one is the check. */
const vouchersInAll = counts.warmUpPerChannel + counts.rounds * counts.vouchersPerChannel + 1

function chargedOf(answer: Answer): bigint | undefined {
  checkAnswer(answer, { text: answerText, settlement: 'success' })
  const state = decodeSettleResponse(answer.paymentResponse ?? '').extra?.['channelState']
  if (typeof state !== 'object' || state === null || !('chargedCumulativeAmount' in state)) return undefined
  return BigInt(String(state['chargedCumulativeAmount']))
}

/** Pays the first call with a deposit, through our client on either side, and signs a voucher for each call to come. */
async function openChannel(url: string, signer: PrivateKeyAccount): Promise<Vouchers> {
  const client = channelClient({ signer, salt: toHex(drawBytes(32)) })
  const policy = { maxAmountPerCall: price, maxDeposit: channelDeposit, assets: [asset] }
  const response = await wrapFetch({ schemes: [client], policy })(url)
  if (response.status !== 200 || (await response.text()) !== answerText) throw new Error('no channel was opened')
  const [channel] = await client.channels()
  if (channel === undefined || channel.charged !== price || channel.balance !== channelDeposit) {
    throw new Error('the channel holds something else than was agreed')
  }
  const required = await askPrice(url)
  const [accepted] = required.accepts
  if (accepted === undefined) throw new Error('nothing is accepted')
  const vouchers: string[] = []
  for (let index = 0; index < vouchersInAll; index++) {
    const voucher = { channelId: channel.channelId, maxClaimableAmount: BigInt(index + 2) * price }
    const signature = await signer.sign({ hash: hashVoucher(voucher, chainId) })
    const callId = toHex(drawBytes(32))
    const payload = encodeChannelPayload({
      type: 'voucher',
      config: channel.config,
      voucher: { ...voucher, signature },
      callId,
    })
    vouchers.push(encodePaymentHeader({ x402Version: 2, resource: required.resource, accepted, payload }))
  }
  return vouchers
}

const chainId = BigInt(network.slice('eip155:'.length))

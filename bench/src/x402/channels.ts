import { decodeSettleResponse, encodePaymentHeader } from '@og/x402'
import { channelClient, encodeChannelPayload, hashVoucher } from '@og/x402/channel'
import { wrapFetch } from '@og/x402/client'
import { toHex } from 'viem'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { type BenchChild, startChild } from '../end-to-end/child-process.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf, significant } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { buildModule } from './build-module.js'
import type { CallerConfig, CallerReport } from './caller.js'
import { accountOf, type BenchChain, type Payer, startBenchChain } from './chain.js'
import { fireRaw } from './fire-raw.js'
import { type Answer, checkAnswer, type Shot } from './load.js'
import { askPrice, drawBytes } from './presign.js'
import { type Servers, startServers } from './servers.js'
import { answerText, asset, channelDeposit, network, price } from './terms.js'

const counts = {
  /** Channels that pay by voucher, each over a connection of its own: a server has many payers at a time. */
  channels: 64,
  rounds: 3,
  vouchersPerChannel: 64,
  /** As many requests in all as `x402-paywall` begins with. */
  warmUpPerChannel: 156,
} as const

const callCounts = {
  callers: 16,
  rounds: 3,
  callsPerCaller: 20,
  /** Rounds of calls before the clock counts, on either side. */
  warmUpRounds: 3,
} as const

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
      return [...(await measure(context, on, servers)), ...(await measureCalls(context, on, servers))]
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
  const cpuMs: Record<SideName, number> = { ours: 0, peer: 0 }
  const round = async (side: SideName, perChannel: number): Promise<number> => {
    const url = `${servers.url[side]}/channel`
    const lanes = channels[side].map((left): readonly Shot[] =>
      left.splice(0, perChannel).map((payment) => ({ url, payment })),
    )
    const started = performance.now()
    // A voucher is good after the one before it: each channel is a line of its own.
    const fired = await Promise.all(lanes.map((lane) => fireRaw(lane, 1)))
    const seconds = (performance.now() - started) / 1000
    const answers = fired.flatMap((lane) => lane.answers)
    for (const answer of answers) checkAnswer(answer, { text: answerText, settlement: 'success' })
    return answers.length / seconds
  }
  context.say('vouchers …')
  for (const side of ['ours', 'peer'] as const) await round(side, counts.warmUpPerChannel)
  await takeTurns(
    counts.rounds,
    async (side) => {
      const before = await servers.cpuMs(side)
      rates[side].push(await round(side, counts.vouchersPerChannel))
      cpuMs[side] += (await servers.cpuMs(side)) - before
    },
    context.signal,
  )
  // The last voucher of each channel tells what it was charged in all.
  for (const side of ['ours', 'peer'] as const) {
    const url = `${servers.url[side]}/channel`
    for (const [payment] of channels[side]) {
      if (payment === undefined) throw new Error('no voucher is left')
      const [answer] = (await fireRaw([{ url, payment }], 1)).answers
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
      config: {
        ...context.machine,
        ...counts,
        tools: servers.tools,
        serverCpuMsPerRequest: perCall(cpuMs, counts.rounds * counts.channels * counts.vouchersPerChannel),
      },
    }),
  ]
}

/** Whole calls, the callers' clients included: each side's client in a process of its own, with channels of its own. */
async function measureCalls(context: BenchmarkContext, on: BenchChain, servers: Servers): Promise<readonly Row[]> {
  context.say('whole calls …')
  const built = await buildModule(new URL('./our-caller-child.ts', import.meta.url))
  const children: BenchChild[] = []
  try {
    const start = async (side: SideName): Promise<BenchChild> => {
      const payers = await on.fund(`caller of ${side}`, callCounts.callers, 10_000_000n)
      const config: CallerConfig = {
        url: `${servers.url[side]}/channel`,
        rpcUrl: on.chain.rpcUrl,
        keys: payers.map(({ privateKey }) => privateKey),
        calls: callCounts.callsPerCaller,
      }
      const module = side === 'ours' ? built.url : new URL('./official-caller-child.ts', import.meta.url)
      const child = await startChild(module, config, { isBuilt: side === 'ours' })
      children.push(child)
      return child
    }
    const callers: Record<SideName, BenchChild> = { ours: await start('ours'), peer: await start('peer') }
    const rates: Record<SideName, number[]> = { ours: [], peer: [] }
    const callerCpuMs: Record<SideName, number> = { ours: 0, peer: 0 }
    const serverCpuMs: Record<SideName, number> = { ours: 0, peer: 0 }
    await takeTurns(
      callCounts.warmUpRounds + callCounts.rounds,
      async (side, round) => {
        const serverBefore = await servers.cpuMs(side)
        const report = (await callers[side].ask('run')) as CallerReport
        if (round < callCounts.warmUpRounds) return
        rates[side].push((report.calls / report.elapsedMs) * 1000)
        callerCpuMs[side] += report.cpuMs
        serverCpuMs[side] += (await servers.cpuMs(side)) - serverBefore
      },
      context.signal,
    )
    return [
      rowOf({
        name: 'x402-channels/calls',
        ours: medianOf(rates.ours),
        peer: medianOf(rates.peer),
        peerName: '@x402/fetch → @x402/express, batch-settlement',
        peerVersion: packageVersion('@x402/fetch'),
        unit: 'calls/s',
        better: 'higher',
        target: null,
        config: {
          ...context.machine,
          ...callCounts,
          tools: servers.tools,
          callerCpuMsPerCall: perCall(callerCpuMs, callCounts.rounds * callCounts.callers * callCounts.callsPerCaller),
          serverCpuMsPerCall: perCall(serverCpuMs, callCounts.rounds * callCounts.callers * callCounts.callsPerCaller),
        },
      }),
    ]
  } finally {
    await Promise.all(children.map((child) => child.stop()))
    built.dispose()
  }
}

function perCall(sums: Readonly<Record<SideName, number>>, calls: number): Record<SideName, number> {
  return { ours: significant(sums.ours / calls, 3), peer: significant(sums.peer / calls, 3) }
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
async function openChannel(url: string, signer: Payer): Promise<Vouchers> {
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
    const signature = await signer.signDigest(hashVoucher(voucher, chainId))
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

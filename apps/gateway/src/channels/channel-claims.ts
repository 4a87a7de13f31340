import { claimBeforeWithdraw, claimChannels, settleChannels } from '@og/x402/channel'
import type { ChainReader } from '@og/x402/evm'
import type { GatewayConfig } from '../config.js'
import { errorText } from '../error-text.js'
import type { Log } from '../log.js'
import type { ChannelsConfig, ChannelTill } from './channel-till.js'

/** Takes what channels owe: in batches, and in time from payers that withdraw. */
export interface ChannelClaims {
  /** Claims everything that is worth it, and has it sent to the payee. */
  readonly claim: () => Promise<void>
  /** Claims from payers that withdraw, before their delay is over. */
  readonly watch: () => Promise<void>
  /** Waits for what is under way and begins nothing more. */
  readonly stop: () => Promise<void>
}

/** How often payers that withdraw are looked for; their delay is at least a quarter of an hour. */
const watchMs = 60_000
const nothingToSettle = 'nothing_to_settle'

/** Begins to claim. Several nodes may: what is claimed already costs a second one a question, no money. */
export function startChannelClaims(options: {
  readonly till: ChannelTill
  readonly config: Pick<GatewayConfig, 'chainId' | 'payTo' | 'token'>
  readonly channels: ChannelsConfig
  readonly chain: Pick<ChainReader, 'call'>
  readonly log: Log
}): ChannelClaims {
  const { till, config, channels, chain, log } = options
  const network = `eip155:${config.chainId}` as const
  let running: Promise<void> = Promise.resolve()
  let isStopped = false

  function inTurn(name: string, work: () => Promise<void>): Promise<void> {
    running = running.then(async () => {
      if (isStopped) return
      try {
        await work()
      } catch (error) {
        log.warn(`${name} failed`, { error: errorText(error) })
      }
    })
    return running
  }

  const claim = (): Promise<void> =>
    inTurn('claiming channels', async () => {
      const claimed = await claimChannels({ server: till.server, minAmount: BigInt(channels.minClaim) })
      for (const { channelId, settlement } of claimed) {
        if (!settlement.success)
          log.warn('channel not claimed', { channelId, reason: settlement.errorReason ?? 'unknown' })
      }
      const swept = await settleChannels(till.server, {
        network,
        receiver: config.payTo as `0x${string}`,
        token: config.token.address as `0x${string}`,
      })
      const reason = swept.errorReason ?? ''
      if (!swept.success && !reason.endsWith(nothingToSettle)) log.warn('claims not sent', { reason })
      if (claimed.length > 0 || swept.success) log.info('channels claimed', { channels: claimed.length })
    })
  const watch = (): Promise<void> =>
    inTurn('watching channels', async () => {
      const { withdrawing, claimed } = await claimBeforeWithdraw(till.server, { network, chain })
      if (withdrawing.length === 0) return
      const isSafe = claimed.every(({ settlement }) => settlement.success)
      log.warn('payers withdraw', { channels: withdrawing.length, claimed: isSafe })
    })
  const timers = [
    setInterval(() => void watch(), watchMs),
    setInterval(() => void claim(), channels.claimSeconds * 1000),
  ]
  return {
    claim,
    watch,
    stop: async () => {
      isStopped = true
      for (const timer of timers) clearInterval(timer)
      await running
    },
  }
}

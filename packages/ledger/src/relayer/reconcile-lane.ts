import type { Hex } from '../ledger.js'
import type { Lane, RelayAttempt, RelaySlot } from '../relay-store.js'
import { replacementFeesOf } from './fees.js'
import type { ChainReceipt } from './relayer-chain.js'
import type { RelayerContext, TickReport } from './relayer-context.js'
import { sendAttempt } from './send-attempt.js'
import { callOfAttempt, signAttempt } from './sign-attempt.js'

/** A node behind a load balancer may lag: a spent nonce must stay unexplained for this many ticks. */
const UNEXPLAINED_TICKS = 3

interface Found {
  readonly hash: Hex
  readonly receipt: ChainReceipt
}

async function findReceipt(context: RelayerContext, slot: RelaySlot): Promise<Found | null> {
  for (const attempt of [...slot.attempts].reverse()) {
    const receipt = await context.chain.fetchReceipt(attempt.hash)
    if (receipt !== null) return { hash: attempt.hash, receipt }
  }
  return null
}

function newestOf(slot: RelaySlot): RelayAttempt | undefined {
  return slot.attempts[slot.attempts.length - 1]
}

/** Raises the fees of a stuck nonce, with the same content; `undefined` if it is not stuck or cannot be raised. */
async function replace(
  context: RelayerContext,
  slot: RelaySlot & { readonly newest: RelayAttempt; readonly isNext: boolean },
  report: TickReport,
): Promise<boolean> {
  const { newest, nonce } = slot
  if (context.now() - newest.createdAt < context.replaceAfterSeconds) return false
  const fees = await context.chain.fetchFees()
  // Behind a stuck nonce waiting is normal: only the next one, or one that cannot pay the base fee, is raised.
  if (!slot.isNext && fees.baseFeePerGas <= newest.maxFeePerGas) return false
  const raised = replacementFeesOf(newest, { ...fees, maxFeePerGasCap: context.maxFeePerGasCap })
  if (raised === null) {
    report.alarms.push({ alarm: 'FEE_ABOVE_CAP', detail: `nonce ${nonce} cannot be raised further` })
    return false
  }
  const attempt = await signAttempt(context, { call: callOfAttempt(newest), nonce, gas: newest.gas, fees: raised })
  const key = { chainId: context.chain.chainId, address: context.signer.address }
  if (!(await context.ledger.addAttempt({ ...key, nonce, n: newest.n + 1, attempt }))) return true
  report.replaced += 1
  context.step('replaced')
  await sendAttempt(context, attempt, report)
  return true
}

async function pushUnmined(
  context: RelayerContext,
  slot: RelaySlot,
  isNext: boolean,
  report: TickReport,
): Promise<void> {
  const newest = newestOf(slot)
  if (newest === undefined) return
  if (await replace(context, { ...slot, newest, isNext }, report)) return
  const isDue = newest.lastSentAt === null || context.now() - newest.lastSentAt >= context.rebroadcastSeconds
  if (isDue) await sendAttempt(context, newest, report)
}

async function quarantine(context: RelayerContext, lane: Lane, reason: string, report: TickReport): Promise<Lane> {
  await context.ledger.quarantineLane({ ...lane, reason })
  report.alarms.push({ alarm: 'LANE_QUARANTINED', detail: reason })
  return { ...lane, state: 'quarantined', reason }
}

/** Compares the lane with the chain: finality, reorganisations, rebroadcast, replacement, foreign use of the key. */
export async function reconcileLane(context: RelayerContext, lane: Lane, report: TickReport): Promise<Lane> {
  const { chain, ledger } = context
  const key = { chainId: chain.chainId, address: context.signer.address }
  if (lane.state === 'quarantined') {
    report.alarms.push({ alarm: 'LANE_QUARANTINED', detail: lane.reason ?? '' })
    return lane
  }
  // Read in this order: a receipt must not be younger than the head its depth is counted from.
  const latest = await chain.fetchNonce(context.signer.address, 'latest')
  const head = await chain.fetchBlockNumber()
  // Slots are read after the chain's nonce, so that a nonce another worker has just taken is not called foreign.
  const slots = await ledger.slots(key)
  const fresh = await ledger.openLane({ ...key, chainNonce: lane.nextNonce })
  if (latest > fresh.nextNonce)
    return quarantine(
      context,
      fresh,
      `the chain's nonce ${latest} is above ours, ${fresh.nextNonce}: the key was used elsewhere`,
      report,
    )

  // Asked for together: one after the other they would be the longest part of a round.
  const receipts = await Promise.all(slots.map((slot) => (slot.nonce < latest ? findReceipt(context, slot) : null)))

  const observed: { nonce: number; seen: { hash: Hex; blockNumber: bigint } | null }[] = []
  let lowest = fresh.finalNonce
  let minedNonce = latest
  for (const [index, slot] of slots.entries()) {
    const [job] = slot.jobs
    const found = receipts[index] ?? null
    if (found !== null) {
      context.unexplained.delete(slot.nonce)
      const isDeep = head - found.receipt.blockNumber + 1n >= context.confirmations
      if (isDeep && slot.nonce === lowest) {
        const { blockNumber, status } = found.receipt
        if (await ledger.finalize({ ...key, nonce: slot.nonce, hash: found.hash, blockNumber, status })) {
          report.finalized += 1
          if (status === 'reverted' && slot.jobs.length === 1) report.failed += 1
          context.step('finalized')
        }
        lowest = slot.nonce + 1
      } else if (job.blockNumber !== found.receipt.blockNumber || job.transaction !== found.hash) {
        observed.push({ nonce: slot.nonce, seen: { hash: found.hash, blockNumber: found.receipt.blockNumber } })
      }
      continue
    }
    if (job.state === 'mined') observed.push({ nonce: slot.nonce, seen: null })
    if (slot.nonce >= latest) {
      await pushUnmined(context, slot, slot.nonce === latest, report)
      continue
    }
    // The nonce is spent and none of our hashes is on chain.
    minedNonce = Math.min(minedNonce, slot.nonce)
    const depth = head + 1n - context.confirmations
    const finalNonce = depth >= 0n ? await chain.fetchNonce(context.signer.address, depth) : 0
    if (slot.nonce >= finalNonce) continue
    const ticks = (context.unexplained.get(slot.nonce) ?? 0) + 1
    context.unexplained.set(slot.nonce, ticks)
    report.alarms.push({
      alarm: 'UNEXPLAINED_NONCE',
      detail: `nonce ${slot.nonce} is spent by none of our transactions`,
    })
    if (ticks >= UNEXPLAINED_TICKS)
      return quarantine(context, fresh, `nonce ${slot.nonce} was spent by a foreign transaction`, report)
  }
  if (observed.length > 0 || fresh.minedNonce !== minedNonce) {
    await ledger.observe({ ...key, minedNonce, slots: observed })
    context.step('observed')
  }
  return { ...fresh, minedNonce, finalNonce: lowest }
}

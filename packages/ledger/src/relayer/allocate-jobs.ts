import type { Lane } from '../relay-store.js'
import { type Fees, feesOf } from './fees.js'
import { callOf, groupJobs, groupSizeOf, type JobGroup } from './job-group.js'
import type { RelayerContext, TickReport } from './relayer-context.js'
import { sendAttempt } from './send-attempt.js'
import { type Call, signAttempt } from './sign-attempt.js'

// A fifth on top of the estimate: state may move between simulation and block.
const GAS_MARGIN_PERCENT = 120n

/** A transaction that may be signed. */
interface Plan {
  readonly group: JobGroup
  readonly call: Call
  readonly gas: bigint
}

function withMargin(gas: bigint): bigint {
  return (gas * GAS_MARGIN_PERCENT) / 100n
}

/** Simulates one job, unless its gas is known and it has not run out; a refused one is put off, or ended after its last try. */
async function planJob(context: RelayerContext, [job]: JobGroup, report: TickReport): Promise<readonly Plan[]> {
  const group: JobGroup = [job]
  const call = callOf(group, undefined)
  const hasRunOut = job.deadline !== null && job.deadline <= context.now()
  if (job.gasLimit !== null && !hasRunOut) return [{ group, call, gas: job.gasLimit }]
  const estimate = await context.chain.estimateGas({ from: context.signer.address, ...call })
  if (estimate.ok) return [{ group, call, gas: job.gasLimit ?? withMargin(estimate.gas) }]
  const isLast = job.tries + 1 >= context.maxSimulations
  report.alarms.push({ alarm: 'SIMULATION_REVERTED', detail: `job ${job.id}: ${estimate.detail}`.slice(0, 200) })
  if (isLast) report.failed += 1
  const retryAt = isLast ? null : context.now() + context.retrySeconds
  await context.ledger.deferJob(job.id, { error: `simulation reverted: ${estimate.detail}`.slice(0, 1024), retryAt })
  return []
}

/** Simulates a group. If it reverts, its jobs are simulated one by one, and those that do not revert go together without the others. */
async function plan(context: RelayerContext, group: JobGroup, report: TickReport): Promise<readonly Plan[]> {
  if (group.length === 1) return planJob(context, group, report)
  const call = callOf(group, context.grouping)
  const estimate = await context.chain.estimateGas({ from: context.signer.address, ...call })
  if (estimate.ok) return [{ group, call, gas: withMargin(estimate.gas) }]
  const alone: Plan[] = []
  for (const job of group) alone.push(...(await planJob(context, [job], report)))
  const [first, ...others] = alone.map(({ group: [job] }) => job)
  // None of them reverts by itself: whatever it is between them, it is not carried over into the next try.
  if (first === undefined || alone.length === group.length) return alone
  return plan(context, [first, ...others], report)
}

/** Funds that transactions on their way may still take. */
async function committedOf(context: RelayerContext): Promise<bigint> {
  const slots = await context.ledger.slots({ chainId: context.chain.chainId, address: context.signer.address })
  return slots.reduce((sum, { jobs: [job], attempts }) => {
    const newest = attempts[attempts.length - 1]
    return job.state === 'mined' || newest === undefined ? sum : sum + newest.gas * newest.maxFeePerGas
  }, 0n)
}

async function currentFees(context: RelayerContext, report: TickReport): Promise<Fees | null> {
  const market = await context.chain.fetchFees()
  const fees = feesOf({ ...market, maxFeePerGasCap: context.maxFeePerGasCap })
  if (fees === null)
    report.alarms.push({ alarm: 'FEE_ABOVE_CAP', detail: `the base fee ${market.baseFeePerGas} is above the cap` })
  return fees
}

/** Gives due jobs a nonce each, or a group of them one, within the lane's limits. A nonce is taken only together with its signed bytes. */
export async function allocateJobs(context: RelayerContext, lane: Lane, report: TickReport): Promise<void> {
  const { chain, ledger, signer, grouping } = context
  const key = { chainId: chain.chainId, address: signer.address }
  const room = context.maxInFlight - (lane.nextNonce - lane.minedNonce)
  if (room <= 0) return
  const jobs = await ledger.dueJobs({
    chainId: chain.chainId,
    queue: context.queue,
    limit: room * groupSizeOf(grouping),
  })
  if (jobs.length === 0) return
  const fees = await currentFees(context, report)
  if (fees === null) return
  let available = (await chain.fetchBalance(signer.address)) - (await committedOf(context))
  let nonce = lane.nextNonce
  // Simulated side by side: they do not see each other anyway.
  const next = groupJobs(jobs, grouping).slice(0, room)
  const plans = await Promise.all(next.map((due) => plan(context, due, report)))
  for (const { group, call, gas } of plans.flat()) {
    if (nonce - lane.nextNonce >= room) return
    available -= gas * fees.maxFeePerGas
    if (available < 0n) {
      report.alarms.push({
        alarm: 'INSUFFICIENT_FUNDS',
        detail: `${signer.address} cannot pay for job ${group[0].id}`,
      })
      return
    }
    const attempt = await signAttempt(context, { call, nonce, gas, fees })
    context.step('signed')
    if (!(await ledger.allocate({ ...key, nonce, jobIds: group.map(({ id }) => id), attempt }))) {
      // Another worker was first, at the nonce or at a job: the bytes are dropped, the next tick looks again.
      return
    }
    nonce += 1
    report.allocated += 1
    context.step('allocated')
    await sendAttempt(context, attempt, report)
  }
}

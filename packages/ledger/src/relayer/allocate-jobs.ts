import type { Lane, RelayJob } from '../ledger.js'
import { type Fees, feesOf } from './fees.js'
import type { RelayerContext, TickReport } from './relayer-context.js'
import { sendAttempt } from './send-attempt.js'
import { signAttempt } from './sign-attempt.js'

// A fifth on top of the estimate: state may move between simulation and block.
const GAS_MARGIN_PERCENT = 120n

async function gasOf(context: RelayerContext, job: RelayJob, report: TickReport): Promise<bigint | null> {
  if (job.gasLimit !== null) return job.gasLimit
  const estimate = await context.chain.estimateGas({ from: context.signer.address, to: job.to, data: job.data })
  if (estimate.ok) return (estimate.gas * GAS_MARGIN_PERCENT) / 100n
  const isLast = job.tries + 1 >= context.maxSimulations
  report.alarms.push({ alarm: 'SIMULATION_REVERTED', detail: `job ${job.id}: ${estimate.detail}`.slice(0, 200) })
  if (isLast) report.failed += 1
  const retryAt = isLast ? null : context.now() + context.retrySeconds
  await context.ledger.deferJob(job.id, { error: `simulation reverted: ${estimate.detail}`.slice(0, 1024), retryAt })
  return null
}

/** Funds that transactions on their way may still take. */
async function committedOf(context: RelayerContext): Promise<bigint> {
  const slots = await context.ledger.slots({ chainId: context.chain.chainId, address: context.signer.address })
  return slots.reduce((sum, { job, attempts }) => {
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

/** Gives due jobs a nonce each, within the lane's limits. A nonce is taken only together with its signed bytes. */
export async function allocateJobs(context: RelayerContext, lane: Lane, report: TickReport): Promise<void> {
  const { chain, ledger, signer } = context
  const key = { chainId: chain.chainId, address: signer.address }
  const room = context.maxInFlight - (lane.nextNonce - lane.minedNonce)
  if (room <= 0) return
  const jobs = await ledger.dueJobs({ chainId: chain.chainId, limit: room })
  if (jobs.length === 0) return
  const fees = await currentFees(context, report)
  if (fees === null) return
  let available = (await chain.fetchBalance(signer.address)) - (await committedOf(context))
  let nonce = lane.nextNonce
  for (const job of jobs) {
    const gas = await gasOf(context, job, report)
    if (gas === null) continue
    available -= gas * fees.maxFeePerGas
    if (available < 0n) {
      report.alarms.push({ alarm: 'INSUFFICIENT_FUNDS', detail: `${signer.address} cannot pay for job ${job.id}` })
      return
    }
    const attempt = await signAttempt(context, { job, nonce, gas, fees })
    context.step('signed')
    if (!(await ledger.allocate({ ...key, nonce, jobId: job.id, attempt }))) {
      // Another worker was first, at the nonce or at the job: the bytes are dropped, the next tick looks again.
      return
    }
    nonce += 1
    report.allocated += 1
    context.step('allocated')
    await sendAttempt(context, attempt, report)
  }
}

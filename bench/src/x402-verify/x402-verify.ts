import type { PaymentPayload } from '@og/x402'
import { verifyAuthorization } from '@og/x402/evm'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { verifyByOfficialRules } from './official-rules.js'
import { createOfficialVerify } from './official-scheme.js'
import { requirements, signPayments } from './signed-payments.js'

const counts = { payments: 40, warmUpRounds: 2, rounds: 7 } as const

/** Judging one signed payment without a chain: fields, times, and who signed it. */
export const x402Verify: Benchmark = {
  name: 'x402-verify',
  summary: 'judging a signed exact payment: verifyAuthorization against viem and the official scheme',
  run,
}

type Verify = (payload: PaymentPayload) => boolean | Promise<boolean>

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const now = BigInt(Math.floor(Date.now() / 1000))
  context.say(`signing ${counts.payments} payments …`)
  const payments = await signPayments(counts.payments, now)
  const ours: Verify = (payload) => verifyAuthorization(payload, requirements, { now }).ok
  const byRules: Verify = (payload) => verifyByOfficialRules(payload, requirements, now)
  const official = createOfficialVerify(requirements.asset)
  const byScheme: Verify = (payload) => official(payload, requirements)
  context.say('verifying …')
  return [
    await compare(context, {
      name: 'x402-verify/rules',
      payments,
      sides: { ours, peer: byRules },
      peerName: 'viem verifyTypedData + rules',
      peerVersion: packageVersion('viem'),
    }),
    await compare(context, {
      name: 'x402-verify/official-scheme',
      payments,
      sides: { ours, peer: byScheme },
      peerName: '@x402/evm verify, instant chain',
      peerVersion: packageVersion('@x402/evm'),
    }),
  ]
}

async function compare(
  context: BenchmarkContext,
  input: Pick<Row, 'name' | 'peerName' | 'peerVersion'> & {
    readonly payments: readonly PaymentPayload[]
    readonly sides: Readonly<Record<SideName, Verify>>
  },
): Promise<Row> {
  const { payments, sides, ...names } = input
  const rates: Record<SideName, number[]> = { ours: [], peer: [] }
  const verifyAll = async (side: SideName): Promise<number> => {
    const started = performance.now()
    for (const payload of payments) {
      if (!(await sides[side](payload))) throw new Error(`${names.name}: ${side} refused a good payment`)
    }
    return (payments.length / (performance.now() - started)) * 1000
  }
  await takeTurns(counts.warmUpRounds, async (side) => void (await verifyAll(side)), context.signal)
  await takeTurns(counts.rounds, async (side) => void rates[side].push(await verifyAll(side)), context.signal)
  return rowOf({
    ...names,
    ours: medianOf(rates.ours),
    peer: medianOf(rates.peer),
    unit: 'verifications/s',
    better: 'higher',
    target: 1,
    config: { ...context.machine, ...counts },
  })
}

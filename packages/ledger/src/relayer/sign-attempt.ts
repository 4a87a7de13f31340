import { keccak256 } from 'viem'
import type { RelayJob, SignedAttempt } from '../ledger.js'
import type { Fees } from './fees.js'
import type { RelayerContext } from './relayer-context.js'

/** Signs a job for one nonce. The bytes mean nothing until the ledger has taken them. */
export async function signAttempt(
  context: RelayerContext,
  plan: { readonly job: RelayJob; readonly nonce: number; readonly gas: bigint; readonly fees: Fees },
): Promise<SignedAttempt> {
  const raw = await context.signer.signTransaction({
    type: 'eip1559',
    chainId: Number(context.chain.chainId),
    nonce: plan.nonce,
    to: plan.job.to,
    data: plan.job.data,
    gas: plan.gas,
    ...plan.fees,
  })
  return { hash: keccak256(raw), raw, gas: plan.gas, ...plan.fees }
}

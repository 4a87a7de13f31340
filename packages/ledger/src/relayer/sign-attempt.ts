import { keccak256, parseTransaction } from 'viem'
import type { Address, Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { SignedAttempt } from '../relay-store.js'
import type { Fees } from './fees.js'
import type { RelayerContext } from './relayer-context.js'

/** What a transaction calls. */
export interface Call {
  readonly to: Address
  readonly data: Hex
}

/** Signs a call for one nonce. The bytes mean nothing until the ledger has taken them. */
export async function signAttempt(
  context: RelayerContext,
  plan: { readonly call: Call; readonly nonce: number; readonly gas: bigint; readonly fees: Fees },
): Promise<SignedAttempt> {
  const raw = await context.signer.signTransaction({
    type: 'eip1559',
    chainId: Number(context.chain.chainId),
    nonce: plan.nonce,
    ...plan.call,
    gas: plan.gas,
    ...plan.fees,
  })
  return { hash: keccak256(raw), raw, gas: plan.gas, ...plan.fees }
}

/** What stored bytes call: a replacement repeats it to the letter, however groups are made by then. */
export function callOfAttempt({ raw }: Pick<SignedAttempt, 'raw'>): Call {
  const { to, data } = parseTransaction(raw)
  if (to == null) throw new LedgerError('CORRUPT', 'a stored transaction calls nobody')
  return { to, data: data ?? '0x' }
}

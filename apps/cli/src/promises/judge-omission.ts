import type { VerificationStep } from '@og/client'
import {
  type Checkpoint,
  createLog,
  type Hex,
  hashReceipt,
  nodeIdOf,
  type ReceiptBundle,
  recoverSigner,
} from '@og/settlement'
import { readCheckpoint, readSettlement } from '@og/settlement/contracts'
import type { Client } from 'viem'
import { getChainId } from 'viem/actions'
import type { Omission } from './omission.js'

/** What the evidence of an omission amounts to. */
export interface OmissionVerdict {
  /** Whether the node broke its promise, by everything that could be checked. */
  readonly ok: boolean
  readonly steps: readonly VerificationStep[]
  readonly notChecked: readonly string[]
}

/** What evidence is judged with. */
export interface JudgeWorld {
  /** Unix seconds. */
  readonly now: bigint
  /** The record chain; without it nobody can tell whether the head stands there, and no record of the receipt. */
  readonly chain?: Client | undefined
}

type Check = (name: string, ok: boolean, failure: { readonly code: string; readonly detail: string }) => void

/**
 * Judges the evidence of an omission, without trust in whoever shows it: the node's signature under the promise, the time, and all leaves of
 * its head, among which the receipt is not. With a chain to ask, also that this head stands there and covers the time of the promise, and no
 * record of the receipt. What the evidence leaves out speaks for the node: an accuser could have left it out.
 */
export async function judgeOmission(omission: Omission, { now, chain }: JudgeWorld): Promise<OmissionVerdict> {
  const { promise, head, lookedAt } = omission
  const { receipt } = promise
  const steps: VerificationStep[] = []
  const notChecked: string[] = []
  const check: Check = (name, ok, failure) => {
    steps.push(ok ? { name, ok } : { name, ok, ...failure })
  }

  check('promise is signed by the node', isPromise(promise), {
    code: 'RECEIPT_SIGNATURE',
    detail: 'the receipt is not signed with the key of the manifest',
  })
  check('promise is over', lookedAt > receipt.settleBy && now > receipt.settleBy, {
    code: 'NOT_DUE',
    detail: `the record was promised by ${receipt.settleBy}, it was looked for at ${lookedAt}, and it is ${now}`,
  })
  if (head !== null) checkLeaves(omission, { checkpoint: head.checkpoint, check })
  else if (chain === undefined) {
    check('absence is shown', false, {
      code: 'NOTHING_SHOWN',
      detail: 'without a head and its leaves only the chain can tell: give --rpc',
    })
  }
  check('head is of the promised log', head === null || head.checkpoint.logId === receipt.logId, {
    code: 'WRONG_LOG',
    detail: 'the head belongs to another log',
  })
  if (chain === undefined) notChecked.push('chain: give --rpc to check the head, and that no record stands there')
  else await askChain(omission, { chain, check })
  return { ok: steps.every(({ ok }) => ok), steps, notChecked }
}

function checkLeaves(
  { promise, leaves }: Omission,
  { checkpoint, check }: { readonly checkpoint: Checkpoint; readonly check: Check },
): void {
  const isWhole =
    leaves !== null && BigInt(leaves.length) === checkpoint.size && createLog(leaves).root() === checkpoint.root
  check(
    'leaves are all that the head covers',
    isWhole,
    leaves === null
      ? {
          code: 'NO_LEAVES',
          detail: 'the evidence does not hold the leaves of its head: the receipt may be among them',
        }
      : { code: 'WRONG_LEAVES', detail: 'the leaves do not hash to the root of the head' },
  )
  if (leaves === null) return
  check('receipt is not among them', !leaves.includes(hashReceipt(promise.receipt, promise.chain)), {
    code: 'IN_THE_LOG',
    detail: 'the receipt is in the log: the promise was kept',
  })
}

/** Whether the receipt is signed by the node that its manifest describes. */
export function isPromise({ receipt, chain, signature, manifest }: ReceiptBundle): boolean {
  try {
    const signer = recoverSigner(hashReceipt(receipt, chain), signature)
    return nodeIdOf(manifest) === receipt.nodeId && signer.toLowerCase() === manifest.receiptKey.toLowerCase()
  } catch {
    return false
  }
}

async function askChain(
  { promise, head }: Omission,
  { chain, check }: { readonly chain: Client; readonly check: Check },
): Promise<void> {
  const chainId = await getChainId(chain)
  const isPromised = BigInt(chainId) === promise.chain.chainId
  check('chain is the promised one', isPromised, {
    code: 'WRONG_CHAIN',
    detail: `--rpc leads to chain ${chainId}, the record was promised on ${promise.chain.chainId}`,
  })
  if (!isPromised) return
  const contract: Hex = promise.chain.verifyingContract
  const { logId } = promise.receipt
  if (head !== null) {
    const { seq, size, root } = head.checkpoint
    const found = await readCheckpoint(chain, { contract, logId, seq })
    const stands = found?.size === size && found.root === root && found.publishedAt === head.publishedAt
    check('head stands on chain', stands, { code: 'WRONG_HEAD', detail: 'the chain has another head of that number' })
  }
  if (head === null || head.publishedAt <= promise.receipt.settleBy) {
    const last = await readCheckpoint(chain, { contract, logId })
    check('no head was published since', last === null || last.seq === head?.checkpoint.seq, {
      code: 'NEWER_HEAD',
      detail: 'there are newer heads: look again',
    })
  }
  const record = await readSettlement(chain, { contract, digest: hashReceipt(promise.receipt, promise.chain) })
  check('no record stands on chain', record === null, {
    code: 'RECORDED',
    detail: `the receipt was recorded in ${record?.transactionHash}`,
  })
}

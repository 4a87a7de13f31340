import type { VerificationStep } from '@og/client'
import { createLog, type Hex, hashReceipt, nodeIdOf, type ReceiptBundle, recoverSigner } from '@og/settlement'
import { readCheckpoint, readSettlement } from '@og/settlement/contracts'
import type { Client } from 'viem'
import type { Omission } from './omission.js'

/** What the evidence of an omission amounts to. */
export interface OmissionVerdict {
  /** Whether the node broke its promise, by everything that could be checked. */
  readonly ok: boolean
  readonly steps: readonly VerificationStep[]
  readonly notChecked: readonly string[]
}

/**
 * Judges the evidence of an omission, without trust in whoever shows it: the node's signature under the promise, the time, and all leaves of a
 * later head, among which the receipt is not. With a chain to ask, also that this head stands there, and no record of the receipt.
 */
export async function judgeOmission(omission: Omission, chain?: Client): Promise<OmissionVerdict> {
  const { promise, head, leaves, lookedAt } = omission
  const { receipt } = promise
  const steps: VerificationStep[] = []
  const notChecked: string[] = []
  const check = (name: string, ok: boolean, failure: { readonly code: string; readonly detail: string }): void => {
    steps.push(ok ? { name, ok } : { name, ok, ...failure })
  }

  check('promise is signed by the node', isPromise(promise), {
    code: 'RECEIPT_SIGNATURE',
    detail: 'the receipt is not signed with the key of the manifest',
  })
  check('promise is over', lookedAt > receipt.settleBy, {
    code: 'NOT_DUE',
    detail: `the record was promised by ${receipt.settleBy}, it was looked for at ${lookedAt}`,
  })
  const isLater = head !== null && head.publishedAt > receipt.settleBy
  if (!isLater) notChecked.push('leaves: no head was published after the promise was over')
  else if (leaves === null) notChecked.push('leaves: the node did not show what its head covers')
  else {
    const { checkpoint } = head
    const isWhole = BigInt(leaves.length) === checkpoint.size && createLog(leaves).root() === checkpoint.root
    check('leaves are all that the head covers', isWhole, {
      code: 'WRONG_LEAVES',
      detail: 'the leaves do not hash to the root of the head',
    })
    check('receipt is not among them', !leaves.includes(hashReceipt(receipt, promise.chain)), {
      code: 'IN_THE_LOG',
      detail: 'the receipt is in the log: the promise was kept',
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
  {
    chain,
    check,
  }: {
    readonly chain: Client
    readonly check: (name: string, ok: boolean, failure: { readonly code: string; readonly detail: string }) => void
  },
): Promise<void> {
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

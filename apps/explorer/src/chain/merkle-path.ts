import { type Hex, hashLeaf, hashNode } from '@og/settlement'

/** One step from a leaf towards the root. */
export interface PathStep {
  /** What is known so far, below this step. */
  readonly own: Hex
  readonly sibling: Hex
  readonly siblingIs: 'left' | 'right'
  readonly parent: Hex
}

/** The way from a leaf to the root, step by step (RFC 9162, 2.1.3.2). It does not judge: compare the last parent with the root. */
export function merklePathOf(claim: {
  readonly leaf: Hex
  readonly index: number
  readonly size: number
  readonly proof: readonly Hex[]
}): { readonly leafHash: Hex; readonly steps: readonly PathStep[] } {
  const leafHash = hashLeaf(claim.leaf)
  const steps: PathStep[] = []
  let own = leafHash
  let position = claim.index
  let last = claim.size - 1
  for (const sibling of claim.proof) {
    const isRightChild = position % 2 === 1 || position === last
    const parent = isRightChild ? hashNode({ left: sibling, right: own }) : hashNode({ left: own, right: sibling })
    steps.push({ own, sibling, siblingIs: isRightChild ? 'left' : 'right', parent })
    if (isRightChild) {
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2)
        last = Math.floor(last / 2)
      }
    }
    own = parent
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return { leafHash, steps }
}

import { fc, test } from '@fast-check/vitest'
import { type Chain, sendRpc, startChain } from '@og/devchain'
import { createPublicClient, type Hex, http } from 'viem'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import {
  type ConsistencyClaim,
  createLog,
  type InclusionClaim,
  keccak256,
  verifyConsistency,
  verifyInclusion,
} from '../../src/index.js'
import { harnessAbi, harnessCode } from './merkle-harness.js'

const address = '0x00000000000000000000000000000000000000aa'
const leaves = Array.from({ length: 3_000 }, (_, index) => keccak256(new TextEncoder().encode(`leaf ${index}`)))
const log = createLog(leaves)

let chain: Chain
let client: ReturnType<typeof createPublicClient>

// Compiling the harness takes seconds, more on a busy machine.
beforeAll(async () => {
  chain = await startChain()
  await sendRpc(chain, 'anvil_setCode', address, harnessCode())
  client = createPublicClient({ transport: http(chain.rpcUrl) })
}, 240_000)
afterAll(() => chain.stop())

const included = (claims: readonly InclusionClaim[]) =>
  client.readContract({
    address,
    abi: harnessAbi,
    functionName: 'included',
    args: [claims.map((claim) => ({ ...claim, index: BigInt(claim.index), size: BigInt(claim.size) }))],
  })

const consistent = (claims: readonly ConsistencyClaim[]) =>
  client.readContract({
    address,
    abi: harnessAbi,
    functionName: 'consistent',
    args: [
      claims.map((claim) => ({
        ...claim,
        firstSize: BigInt(claim.firstSize),
        secondSize: BigInt(claim.secondSize),
      })),
    ],
  })

function inclusionOf(index: number, size: number): InclusionClaim {
  return { leaf: leaves[index] ?? '0x', index, size, root: log.rootAt(size), proof: log.inclusionProof(index, size) }
}

function consistencyOf(firstSize: number, secondSize: number): ConsistencyClaim {
  return {
    firstSize,
    firstRoot: log.rootAt(firstSize),
    secondSize,
    secondRoot: log.rootAt(secondSize),
    proof: log.consistencyProof(firstSize, secondSize),
  }
}

/** Every single bit of a proof is too many to try; one bit of every byte is not. */
function flippedBytes(proof: readonly Hex[]): Hex[][] {
  return proof.flatMap((hash, position) =>
    Array.from({ length: 32 }, (_, byte) => {
      const at = 2 + 2 * byte + 1
      const digit = (Number.parseInt(hash.charAt(at), 16) ^ (1 << (byte % 4))).toString(16)
      const flipped = `${hash.slice(0, at)}${digit}${hash.slice(at + 1)}` as Hex
      return proof.map((item, index) => (index === position ? flipped : item))
    }),
  )
}

function wrongLengths(proof: readonly Hex[]): Hex[][] {
  const extra = leaves[0] ?? '0x'
  const cut = proof.map((_, length) => proof.slice(0, length))
  return [...cut, proof.slice(1), [...proof, extra], [extra, ...proof]].filter(
    (candidate) => JSON.stringify(candidate) !== JSON.stringify(proof),
  )
}

describe('verifyInclusion', () => {
  test('behavior: every leaf of every tree up to 40', async () => {
    for (let size = 1; size <= 40; size++) {
      const claims = Array.from({ length: size }, (_, index) => inclusionOf(index, size))
      expect(claims.every((claim) => verifyInclusion(claim))).toBe(true)
      expect(await included(claims)).toEqual(claims.map(() => true))
    }
  })

  test('behavior: every wrong index and every neighbouring size as off chain', async () => {
    const claims: InclusionClaim[] = []
    for (let size = 1; size <= 17; size++) {
      for (let index = 0; index < size; index++) {
        const claim = inclusionOf(index, size)
        for (let other = 0; other <= size; other++) claims.push({ ...claim, index: other })
        for (const other of [0, 1, size - 1, size + 1, 2 * size, 2 ** 40]) claims.push({ ...claim, size: other })
      }
    }
    expect(await included(claims)).toEqual(claims.map((claim) => verifyInclusion(claim)))
  })

  test.prop([fc.integer({ min: 1, max: leaves.length }), fc.nat()], { numRuns: 25 })(
    'behavior: random trees; flipped bytes, wrong lengths, wrong leaf and wrong root are refused',
    async (size, seed) => {
      const claim = inclusionOf(seed % size, size)
      const proofs = [...flippedBytes(claim.proof), ...wrongLengths(claim.proof)]
      const bad: InclusionClaim[] = [
        ...proofs.map((proof) => ({ ...claim, proof })),
        { ...claim, leaf: claim.root },
        { ...claim, root: claim.leaf },
      ]
      expect(await included([claim, ...bad])).toEqual([true, ...bad.map(() => false)])
    },
  )

  test('behavior: an inner node is no leaf', async () => {
    const claim = inclusionOf(0, 4)
    // The two leaves' parent, presented as a leaf of a tree of two.
    const parent = log.rootAt(2)
    expect(await included([{ ...claim, leaf: parent, index: 0, size: 2, proof: claim.proof.slice(1) }])).toEqual([
      false,
    ])
  })
})

describe('verifyConsistency', () => {
  test('behavior: every pair of trees up to 40', async () => {
    for (let second = 1; second <= 40; second++) {
      const claims = Array.from({ length: second }, (_, index) => consistencyOf(index + 1, second))
      expect(claims.every((claim) => verifyConsistency(claim))).toBe(true)
      expect(await consistent(claims)).toEqual(claims.map(() => true))
    }
  })

  test('behavior: every wrong size as off chain', async () => {
    const claims: ConsistencyClaim[] = []
    for (let second = 1; second <= 12; second++) {
      for (let first = 1; first <= second; first++) {
        const claim = consistencyOf(first, second)
        for (let other = 1; other <= 13; other++) {
          claims.push({ ...claim, firstSize: other }, { ...claim, secondSize: other })
        }
      }
    }
    const verdicts = claims.map((claim) => verifyConsistency(claim))
    expect(verdicts).toContain(false)
    expect(await consistent(claims)).toEqual(verdicts)
  })

  test.prop([fc.integer({ min: 2, max: leaves.length }), fc.nat()], { numRuns: 25 })(
    'behavior: random trees; flipped bytes, wrong lengths and wrong roots are refused',
    async (second, seed) => {
      const claim = consistencyOf(1 + (seed % (second - 1)), second)
      const proofs = [...flippedBytes(claim.proof), ...wrongLengths(claim.proof)]
      const bad: ConsistencyClaim[] = [
        ...proofs.map((proof) => ({ ...claim, proof })),
        { ...claim, firstRoot: claim.secondRoot },
        { ...claim, secondRoot: claim.firstRoot },
      ]
      expect(await consistent([claim, ...bad])).toEqual([true, ...bad.map(() => false)])
    },
  )
})

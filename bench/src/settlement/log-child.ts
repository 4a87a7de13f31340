import { createHash } from 'node:crypto'
import { createLog, type Hex, verifyInclusion } from '@og/settlement'
import { createFastKeccak, portableKeccak } from '@og/settlement/fast-keccak'
import { SimpleMerkleTree } from '@openzeppelin/merkle-tree'

/** What one process says of the tree that it built. */
export interface LogReport {
  /** CPU time, all threads. */
  readonly buildMs: number
  /** What the tree holds after a collection, beyond the leaves that it was given. */
  readonly heldBytes: number
  /** How much the process grew at most, beyond what it had with the leaves alone. */
  readonly peakBytes: number
  /** The same, with the leaves and the runtime. */
  readonly peakProcessBytes: number
  readonly root: string
  readonly proofUs: number
  readonly verifyUs: number
  readonly isWebAssembly: boolean
}

/**
 * Builds one tree in a process of its own, so that its memory is nobody else's. Arguments: the side and the number of
 * leaves. Needs --expose-gc.
 */
const samples = 2000
const [side = 'ours', count = '1000'] = process.argv.slice(2)
const size = Number(count)

function heldNow(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** CPU time of this process in milliseconds: on a busy machine the wall clock says more about the neighbours. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const peakNow = (): number => process.resourceUsage().maxRSS * 1024

/** Calls `step` for many leaves, spread over the tree; microseconds of CPU time per call, the best of five passes. */
function microsecondsOf(step: (index: number) => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let pass = 0; pass < 5; pass++) {
    const started = cpuMs()
    for (let i = 0; i < samples; i++) step(Math.floor((i * size) / samples))
    best = Math.min(best, ((cpuMs() - started) * 1000) / samples)
  }
  return best
}

const leaves = Array.from({ length: size }, (_, i): Hex => {
  return `0x${createHash('sha256').update(`leaf ${i}`).digest('hex')}`
})
const keccak = await createFastKeccak()
const heldBefore = heldNow()
const peakBefore = peakNow()

/** A tree that was built, and how to prove and to verify. */
interface Built {
  readonly root: string
  readonly prove: (index: number) => readonly string[]
  readonly verify: (index: number, proof: readonly string[]) => boolean
}

function buildOurs(): Built {
  const log = createLog(leaves, { keccak })
  const root = log.root()
  return {
    root,
    prove: (index) => log.inclusionProof(index),
    verify: (index, proof) =>
      verifyInclusion({ leaf: leaves[index] ?? '0x', index, size, proof: proof as readonly Hex[], root }, { keccak }),
  }
}

function buildPeer(): Built {
  const tree = SimpleMerkleTree.of(leaves)
  const { root } = tree
  return {
    root,
    prove: (index) => tree.getProof(index),
    verify: (index, proof) => SimpleMerkleTree.verify(root, leaves[index] ?? '0x', [...proof]),
  }
}

const started = cpuMs()
const built = side === 'ours' ? buildOurs() : buildPeer()
const buildMs = cpuMs() - started
const peakProcessBytes = peakNow()
const peakBytes = peakProcessBytes - peakBefore
const heldBytes = heldNow() - heldBefore

// Before any proof is kept: thousands of kept texts slow down the collections that the measurement runs into.
const proofUs = microsecondsOf((index) => void built.prove(index))
const proofs = Array.from({ length: size > samples ? samples : size }, (_, i) => {
  const index = Math.floor((i * size) / samples)
  return [index, built.prove(index)] as const
})
if (!proofs.every(([index, proof]) => built.verify(index, proof))) throw new Error(`${side}: a good proof was refused`)
let at = 0
const verifyUs = microsecondsOf(() => {
  const [index, proof] = proofs[at++ % proofs.length] ?? [0, []]
  if (!built.verify(index, proof)) throw new Error(`${side}: a good proof was refused`)
})

const report: LogReport = {
  buildMs,
  heldBytes,
  peakBytes,
  peakProcessBytes,
  root: built.root,
  proofUs,
  verifyUs,
  isWebAssembly: keccak !== portableKeccak,
}
process.send?.(report, () => process.disconnect())

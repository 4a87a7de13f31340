import { createKeccak } from 'hash-wasm'
import { type Keccak, portableKeccak } from '../keccak.js'

/** Where hashing runs: WebAssembly, or JavaScript. */
export type KeccakImplementation = 'wasm' | 'noble'

/** A keccak-256, with the name of what runs it. */
export interface FastKeccak {
  readonly implementation: KeccakImplementation
  readonly keccak: Keccak
}

/** Lengths around the block of 136 bytes, where a wrong padding would show. */
const PROBES = [0, 1, 64, 135, 136, 137, 300] as const

/** A broken module must not judge payments: it has to agree first. */
function isSound(keccak: Keccak): boolean {
  return PROBES.every((length) => {
    const bytes = new Uint8Array(length).fill(0xa5)
    const expected = portableKeccak(bytes)
    const found = keccak(bytes)
    return found.length === 32 && found.every((byte, index) => byte === expected[index])
  })
}

/**
 * Finds the fastest keccak-256 of this machine: the WebAssembly of `hash-wasm`, else JavaScript.
 * @example const { keccak } = await createFastKeccak(); createPaywall({ keccak, ... })
 */
export async function createFastKeccak(): Promise<FastKeccak> {
  try {
    const hasher = await createKeccak(256)
    const keccak: Keccak = (bytes) => hasher.init().update(bytes).digest('binary')
    if (isSound(keccak)) return { implementation: 'wasm', keccak }
  } catch {
    // No WebAssembly here, or a policy forbids it.
  }
  return { implementation: 'noble', keccak: portableKeccak }
}

import { type Keccak, portableKeccak } from '@og/settlement'

// The parts of hash-wasm that are used.
interface HashWasm {
  createKeccak(bits: 256): Promise<Hasher>
}
interface Hasher {
  init(): Hasher
  update(bytes: Uint8Array): Hasher
  digest(form: 'binary'): Uint8Array
}

let fastest: Keccak = portableKeccak
let isLookedFor = false

/**
 * Keccak-256 by the fastest code that is there: WebAssembly in Node, some milliseconds after the first hash and where `hash-wasm` is
 * installed; plain JavaScript until then and everywhere else.
 */
export function fastKeccak(bytes: Uint8Array): Uint8Array {
  if (!isLookedFor) {
    isLookedFor = true
    void loadWasm()
  }
  return fastest(bytes)
}

/** Takes the WebAssembly over from then on; resolves when that is decided. */
async function loadWasm(): Promise<void> {
  try {
    // Browsers have no `getBuiltinModule`, and bundles do not carry the module along.
    const require = globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url)
    const { createKeccak }: HashWasm = require('hash-wasm')
    const hasher = await createKeccak(256)
    const wasm: Keccak = (bytes) => hasher.init().update(bytes).digest('binary')
    if (isSound(wasm)) fastest = wasm
  } catch {
    // Not Node, not installed, or no WebAssembly here.
  }
}

// Around the block of 136 bytes, where a wrong padding would show.
const PROBES = [0, 1, 64, 135, 136, 137, 300] as const

/** A broken module must not judge receipts: it has to agree with the JavaScript first. */
function isSound(keccak: Keccak): boolean {
  return PROBES.every((length) => {
    const bytes = new Uint8Array(length).fill(0xa5)
    const expected = portableKeccak(bytes)
    const found = keccak(bytes)
    return found.length === expected.length && found.every((byte, index) => byte === expected[index])
  })
}

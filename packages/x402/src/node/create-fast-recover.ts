import { createRequire } from 'node:module'
import { nobleRecover, type RecoverPublicKey } from '../evm/recover-public-key.js'
import { bytesOf, hexOf } from '../hex.js'

/** Where a recovery runs: libsecp256k1 as a native addon, the same as WebAssembly, or JavaScript. */
export type RecoverImplementation = 'native' | 'wasm' | 'noble'

/** A recovery, with the name of what runs it. */
export interface FastRecover {
  readonly implementation: RecoverImplementation
  readonly recover: RecoverPublicKey
}

/** Options of {@link createFastRecover}. */
export interface FastRecoverOptions {
  /** Which implementations may be used, best first; native, wasm, noble when absent. */
  readonly implementations?: readonly RecoverImplementation[]
}

// secp256k1 and tiny-secp256k1 carry no types that fit both ways of loading them; these are the parts that are used.
interface NativeModule {
  ecdsaRecover(compact: Uint8Array, recovery: number, digest: Uint8Array, isCompressed: boolean): Uint8Array
}
interface WasmModule {
  recover(digest: Uint8Array, compact: Uint8Array, recovery: number, isCompressed: boolean): Uint8Array | null
}

function loadNative(require: NodeJS.Require): RecoverPublicKey {
  // The package's own entry would fall back to elliptic, which is as slow as it is discouraged. This file only loads
  // the addon that came with the package.
  const native = require('secp256k1/bindings.js') as NativeModule
  return (digest, { compact, recovery }) => native.ecdsaRecover(compact, recovery, digest, false)
}

function loadWasm(require: NodeJS.Require): RecoverPublicKey {
  const wasm = require('tiny-secp256k1') as WasmModule
  return (digest, { compact, recovery }) => {
    const key = wasm.recover(digest, compact, recovery, false)
    if (key === null) throw new Error('no public key recovers')
    return key
  }
}

// A fixed digest under a fixed signature; both parities of it recover to some key.
const KNOWN = {
  digest: '0x1e0f4d7d93ccd4e01c8ed6d17fae8d9ac03d6f6a4f3c1a9f43bd7b9b1a2cb7d3',
  compact:
    '0x2d6a7588d6acca505cbf0d9a4a227e0c52c6c34008c8e8986a1283259764173608a2ce6496642e377d6da8dbbf5836e9bd15092f9ecab05ded3d6293af148b57',
} as const

/** An addon for another platform or a broken build must not judge payments: it has to agree on both parities first. */
function isSound(recover: RecoverPublicKey): boolean {
  const digest = bytesOf(KNOWN.digest)
  const compact = bytesOf(KNOWN.compact)
  return ([0, 1] as const).every(
    (recovery) => hexOf(recover(digest, { compact, recovery })) === hexOf(nobleRecover(digest, { compact, recovery })),
  )
}

/**
 * Finds the fastest recovery that works on this machine: the native addon of `secp256k1`, else `tiny-secp256k1`, else
 * JavaScript. The first two are optional dependencies; a missing, foreign or broken one is passed over.
 * @example const { recover } = createFastRecover(); createPaywall({ recover, ... })
 */
export function createFastRecover(options: FastRecoverOptions = {}): FastRecover {
  const require = createRequire(import.meta.url)
  for (const implementation of options.implementations ?? ['native', 'wasm']) {
    if (implementation === 'noble') break
    try {
      const recover = implementation === 'native' ? loadNative(require) : loadWasm(require)
      if (isSound(recover)) return { implementation, recover }
    } catch {
      // Not installed, or not for this platform: the next one.
    }
  }
  return { implementation: 'noble', recover: nobleRecover }
}

import { hexOf } from '../bytes/hex.js'
import { type Collateral, type CollateralJson, parseCollateral } from '../collateral/collateral.js'
import type { QuoteMemory, QuotingEnclave } from '../quote/quote-evidence.js'
import type { Settled } from '../verify/verify-evidence.js'
import type { Certificate } from '../x509/certificate.js'
import { createBoundedMap } from './bounded-map.js'
import { createSignatureMemory, type SignatureMemory } from './signature-memory.js'

/** How many entries of each kind a verifier keeps; 0 keeps none. */
export interface CacheSizes {
  /** Default 16. */
  readonly collateral?: number
  /** PCK chains, one for each platform. Default 128. */
  readonly pckChains?: number
  /** Quoting enclaves with their attestation key, one for each platform and boot. Default 128. */
  readonly quotingEnclaves?: number
}

/** How many entries of each kind a verifier holds at the moment. */
export interface CacheCounts {
  readonly collateral: number
  readonly pckChains: number
  readonly quotingEnclaves: number
}

/** What a verifier keeps: parsed evidence by the SHA-256 of its exact bytes, and which of its signatures held. */
export interface EvidenceCache extends QuoteMemory {
  readonly signatures: SignatureMemory
  /** SHA-256 of bytes that this cache returned before, or that are part of what it returned. */
  sha256(bytes: Uint8Array): Uint8Array
  collateral(json: CollateralJson): Collateral
  /** What was found for this collateral and this quoting enclave, both from this cache. */
  settled(collateral: Collateral, enclave: Pick<QuotingEnclave, 'commitment' | 'pckChain'>): Settled
  counts(): CacheCounts
}

/** The checks that are the same for all quoting enclaves of one machine, of SGX as of TDX. */
const machineChecks = ['certificate-roles', 'certificate-signatures', 'revocation'] as const

/** The members of collateral in the order in which they are hashed. */
const members = [
  'pck_crl_issuer_chain',
  'root_ca_crl',
  'pck_crl',
  'tcb_info_issuer_chain',
  'tcb_info',
  'tcb_info_signature',
  'qe_identity_issuer_chain',
  'qe_identity',
  'qe_identity_signature',
] as const satisfies readonly (keyof CollateralJson)[]

/**
 * Creates the cache of one verifier. What it returns is private to that verifier: nobody else holds the arrays, so none of
 * them can change after its bytes were hashed. Whatever cannot be read throws and is not kept.
 */
export function createEvidenceCache(sizes: CacheSizes, sha256: (bytes: Uint8Array) => Uint8Array): EvidenceCache {
  const collaterals = createBoundedMap<string, Collateral>(sizes.collateral ?? 16)
  const pckChains = createBoundedMap<string, readonly Certificate[]>(sizes.pckChains ?? 128)
  const enclaves = createBoundedMap<string, QuotingEnclave>(sizes.quotingEnclaves ?? 128)
  /** Hashing 24 KB takes longer than seeing that they are the same strings as last time. */
  let last: Collateral | undefined
  const digestOf = (bytes: Uint8Array): string => hexOf(sha256(bytes))

  function remember<Value extends object>(
    map: { get(key: string): Value | undefined; set(key: string, value: Value): void },
    key: string,
    read: () => Value,
  ): Value {
    const known = map.get(key)
    if (known !== undefined) return known
    const value = read()
    map.set(key, value)
    return value
  }
  const digests = new WeakMap<Uint8Array, Uint8Array>()
  const settled = new WeakMap<Collateral, WeakMap<object, Settled>>()
  return {
    signatures: createSignatureMemory(),
    sha256(bytes) {
      const known = digests.get(bytes)
      if (known !== undefined) return known
      const digest = sha256(bytes)
      digests.set(bytes, digest)
      return digest
    },
    quotingEnclave: (bytes, context, read) => remember(enclaves, `${context} ${digestOf(bytes)}`, () => read(bytes)),
    pckChain: (bytes, read) => remember(pckChains, digestOf(bytes), read),
    collateral(json) {
      if (last !== undefined && members.every((name) => last?.json[name] === json[name])) return last
      const texts = members.map((name) => json[name])
      const bytes = new TextEncoder().encode(JSON.stringify(texts))
      const collateral = remember(collaterals, digestOf(bytes), () => parseCollateral(json))
      last = collaterals.size() > 0 ? collateral : undefined
      return collateral
    },
    settled(collateral, { commitment, pckChain }) {
      const ofCollateral = settled.get(collateral) ?? new WeakMap<object, Settled>()
      if (!settled.has(collateral)) settled.set(collateral, ofCollateral)
      const known = ofCollateral.get(commitment)
      if (known !== undefined) return known
      // Another enclave of a machine that is known: what was found about the machine's certificates still holds.
      const machine = ofCollateral.get(pckChain)
      const passed = machineChecks.filter((name) => machine?.passed.has(name))
      const found: Settled = { passed: new Set(passed), platform: machine?.platform ?? null }
      ofCollateral.set(commitment, found)
      if (machine === undefined) ofCollateral.set(pckChain, found)
      return found
    },
    counts: () => ({ collateral: collaterals.size(), pckChains: pckChains.size(), quotingEnclaves: enclaves.size() }),
  }
}

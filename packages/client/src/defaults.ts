import type { Address, Keccak } from '@og/settlement'
import { fastKeccak } from './crypto/keccak.js'
import { defaultSecp256k1, type Secp256k1 } from './crypto/secp256k1.js'

/** Where a client looks for its node unless told otherwise: the devnet's gateway. */
export const DEFAULT_BASE_URL = 'http://127.0.0.1:8402'

/** `maxTokens` of the OpenGradient API. */
export const DEFAULT_MAX_TOKENS = 100

/** `temperature` of the OpenGradient API. */
export const DEFAULT_TEMPERATURE = 0

/** Most atomic units that one call may cost: 1 USDC. */
export const DEFAULT_MAX_PER_CALL = 1_000_000n

/** How many of the dearest calls a payment channel may hold. */
export const DEPOSIT_CALLS = 10n

/** Tokens whose atomic unit is a millionth of a dollar; a node that asks to be paid in anything else is refused. */
export const DEFAULT_ASSETS: readonly { readonly network: string; readonly asset: Address }[] = [
  { network: 'eip155:8453', asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913' },
  { network: 'eip155:84532', asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e' },
]

/** How often a failed call is repeated, with the same payment. */
export const DEFAULT_RETRIES = 2

/** How long an attested node is believed before it is asked again. */
export const DEFAULT_NODE_TTL_SECONDS = 600

/** How long a Permit2 allowance that was read from the chain is relied on. */
export const ALLOWANCE_TTL_SECONDS = 60n

/** How long a chain may take to answer. */
export const RPC_TIMEOUT_MS = 5_000

/** Largest answer of a chain's node. */
export const MAX_RPC_BYTES = 16_777_216

/** How often a chain is asked whether a transaction of ours is mined. */
export const RECEIPT_POLL_MS = 250

/** How long a transaction of ours is waited for. */
export const RECEIPT_TIMEOUT_MS = 120_000

/** How many of a registry's nodes are looked at, the newest first. */
export const MAX_REGISTRY_NODES = 64

/** How long a registry that was read is relied on. */
export const REGISTRY_TTL_SECONDS = 300n

/** How soon a registry may be read again when it lacks something. */
export const REGISTRY_MIN_SECONDS = 5n

/** How many nodes of a registry are asked, the newest first. */
export const MAX_POOL_NODES = 16

/** How long one answer of a node about itself, a payment or its log may take, its last byte included. */
export const NODE_ANSWER_TIMEOUT_MS = 30_000

/** How long a node of a registry may take to attest itself. */
export const NODE_TIMEOUT_MS = 5_000

/** How long a node that failed stands behind the others. */
export const AVOID_SECONDS = 60n

/** How far a node's clock may run ahead of ours. */
export const CLOCK_SKEW_SECONDS = 300n

/** Largest answer of `/v1/attestation` (a quote with its collateral is about 40 KiB). */
export const MAX_ATTESTATION_BYTES = 1_048_576

/** Largest unstreamed answer, and largest sum of a stream's events. */
export const MAX_ANSWER_BYTES = 33_554_432

/** Largest answer of `/v1/receipts`, `/v1/log/proof` and `/v1/log/checkpoint`. */
export const MAX_STATUS_BYTES = 1_048_576

/** How many answers, receipts and payments a client remembers. */
export const MAX_REMEMBERED = 1_000

/** How often `settlement()` asks the node. */
export const DEFAULT_POLL_INTERVAL_MS = 500

/** How long `settlement()` waits. */
export const DEFAULT_SETTLEMENT_TIMEOUT_MS = 120_000

/** The part of `fetch` that is used: a URL as text, and an init. The global one fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What the client takes from the world. Each may be replaced through the options of `createClient`. */
export interface World {
  readonly fetch: Fetch
  /** Unix seconds. */
  readonly now: () => bigint
  readonly randomBytes: (length: number) => Uint8Array
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Signs payments and recovers signers. */
  readonly secp256k1: Secp256k1
  /** Hashes requests, answers, offers and receipts. */
  readonly keccak: Keccak
}

/** The platform's own fetch, clock, random source, timer, and its fastest secp256k1. */
export const defaultWorld: World = {
  get secp256k1() {
    return defaultSecp256k1()
  },
  keccak: fastKeccak,
  fetch: (url, init) => globalThis.fetch(url, init),
  now: () => BigInt(Math.floor(Date.now() / 1000)),
  randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}

import type { Timeouts } from '@og/llm'
import type { Address, InferenceMode, SettlementMode } from '@og/settlement'
import { createMemoryStorage, type TextStorage } from '@og/x402/storage'
import { ClientError } from './client-error.js'
import { type Account, accountOf } from './crypto/account.js'
import type { Secp256k1 } from './crypto/secp256k1.js'
import {
  DEFAULT_ASSETS,
  DEFAULT_BASE_URL,
  DEFAULT_MAX_PER_CALL,
  DEFAULT_NODE_TTL_SECONDS,
  DEFAULT_RETRIES,
  DEPOSIT_CALLS,
  defaultWorld,
  type World,
} from './defaults.js'
import type { StreamVerification } from './inference-call.js'
import { rememberRecoveries } from './recover.js'
import { checkTrustPolicy, type TrustPolicy } from './trust.js'

/** A token on a network, as spend policies name it. */
export interface SpendAsset {
  /** CAIP-2, e.g. `eip155:8453`. */
  readonly network: string
  readonly asset: Address
}

/** What the client may pay without asking. Amounts are atomic units, for USDC millionths of a dollar. */
export interface SpendOptions {
  /** Most that one call may cost; 1 USDC unless told otherwise. */
  readonly maxPerCall?: bigint
  /** Most that may be authorised within an hour; no limit unless told. */
  readonly maxPerHour?: bigint
  /** Most that may lie unspent in the payment channel of a node; ten times `maxPerCall` unless told otherwise. */
  readonly maxDeposit?: bigint
  /** Tokens that may be paid with; USDC on Base and Base Sepolia unless told otherwise. */
  readonly assets?: readonly SpendAsset[]
}

/**
 * Counts the tokens of a prompt from above: of a model's name and the canonical JSON of the whole body. `undefined` where it does not know.
 */
export type CountPromptTokens = (model: string, canonicalBody: string) => number | undefined

/** Options of `createClient`. */
export interface CreateClientOptions {
  /** Key of the paying account, 64 hexadecimal digits. It signs in this process and is never sent. Either this or `account`. */
  readonly privateKey?: string | undefined
  /** An account that signs by itself, e.g. one whose key is in a vault. */
  readonly account?: Account
  /** Where the node is, without `/v1`; one for both modes, or one for each. */
  readonly baseUrl?: string | Readonly<Record<InferenceMode, string>>
  /**
   * The `NodeRegistry` to choose nodes from, in place of `baseUrl`; needs `recordRpcUrl` or `rpcUrl`. The cheapest node that holds is asked;
   * when it fails before it holds a payment, the next one is.
   */
  readonly registry?: Address
  /** Which enclaves are believed. TEE calls are refused without it; the simulator must be named. */
  readonly policy?: TrustPolicy
  /** Another name of `policy`; give one of the two. */
  readonly trust?: TrustPolicy
  readonly spend?: SpendOptions
  /** JSON-RPC of the payment chain: for `approve()`, for `upto` payments, and to check settlements. */
  readonly rpcUrl?: string
  /** JSON-RPC of the record chain, where it is another one. */
  readonly recordRpcUrl?: string
  /** Mode of calls that name none; `VANILLA` unless told otherwise. */
  readonly inferenceMode?: InferenceMode
  /** Settlement of calls that name none; `SETTLE` unless told otherwise. */
  readonly settlementMode?: SettlementMode
  /** When streamed text reaches the caller; `at-end` unless told otherwise. */
  readonly verify?: StreamVerification
  /**
   * How often a call is repeated after a network failure, 429 or 5xx; 2 unless told otherwise. A repetition carries the same payment, and goes
   * to the same node once that one holds it. An answer that this node still makes for that payment is waited for, up to five minutes, unless
   * this is 0.
   */
  readonly retries?: number
  /** Limits of time for calls, in milliseconds. */
  readonly timeouts?: Timeouts
  /** How long an attested node is believed before it is asked again; 600 unless told otherwise. */
  readonly nodeTtlSeconds?: number
  /**
   * Refuses a price for more prompt tokens than it counts. Without it, and where it says `undefined`, a prompt has no more tokens than bytes.
   */
  readonly countPromptTokens?: CountPromptTokens
  /** Where receipts and payment channels are kept; in memory unless told otherwise. */
  readonly storage?: TextStorage
  /** What is taken from the world; the platform's own unless told otherwise. */
  readonly fetch?: World['fetch']
  /** Unix seconds. */
  readonly clock?: World['now']
  readonly randomBytes?: World['randomBytes']
  readonly sleep?: World['sleep']
  /** Signs and recovers; native code in Node where it loads, JavaScript elsewhere. */
  readonly secp256k1?: Secp256k1
}

/** Options that have been checked, defaults filled in. */
export interface ClientSettings {
  readonly account: Account
  /** Of no use where there is a registry. */
  readonly baseUrls: Readonly<Record<InferenceMode, string>>
  readonly registry: Address | undefined
  readonly trust: TrustPolicy | undefined
  readonly maxPerCall: bigint
  readonly maxPerHour: bigint | undefined
  readonly maxDeposit: bigint
  readonly assets: readonly SpendAsset[]
  readonly nodeTtlSeconds: bigint
  readonly retries: number
  readonly countPromptTokens: CountPromptTokens | undefined
  readonly storage: TextStorage
  readonly world: World
}

/** Checks the options of a client. @throws ClientError `INVALID_OPTIONS`; its message never holds a key. */
export function parseClientOptions(options: CreateClientOptions): ClientSettings {
  const { baseUrl = DEFAULT_BASE_URL, spend = {} } = options
  const assets = spend.assets ?? DEFAULT_ASSETS
  if (!assets.every(({ network, asset }) => /^eip155:[1-9][0-9]{0,15}$/.test(network) && isAddress(asset))) {
    throw invalid('spend.assets must name eip155 networks and token addresses')
  }
  const maxPerCall = amountOf(spend.maxPerCall, 'maxPerCall') ?? DEFAULT_MAX_PER_CALL
  const maxPerHour = amountOf(spend.maxPerHour, 'maxPerHour')
  const maxDeposit = amountOf(spend.maxDeposit, 'maxDeposit') ?? maxPerCall * DEPOSIT_CALLS
  const ttl = options.nodeTtlSeconds ?? DEFAULT_NODE_TTL_SECONDS
  if (!Number.isSafeInteger(ttl) || ttl < 0) throw invalid('nodeTtlSeconds must be a whole number of seconds')
  for (const [name, url] of [
    ['rpcUrl', options.rpcUrl],
    ['recordRpcUrl', options.recordRpcUrl],
  ] as const) {
    if (url !== undefined) trimmedUrl(url, name)
  }
  const retries = options.retries ?? DEFAULT_RETRIES
  if (!Number.isSafeInteger(retries) || retries < 0) throw invalid('retries must be a whole number')
  const { registry, policy, trust } = options
  if (policy !== undefined && trust !== undefined) throw invalid('policy and trust are the same: give one of them')
  if (registry !== undefined) {
    if (!isAddress(registry)) throw invalid('registry must be the address of a NodeRegistry')
    if (options.baseUrl !== undefined) throw invalid('give either registry or baseUrl')
    if (options.recordRpcUrl === undefined && options.rpcUrl === undefined) {
      throw invalid('registry needs recordRpcUrl or rpcUrl, to be read')
    }
  }
  const given = policy ?? trust
  const secp256k1 = options.secp256k1 ?? defaultWorld.secp256k1
  return {
    account: payerOf(options, secp256k1),
    baseUrls:
      typeof baseUrl === 'string'
        ? { VANILLA: trimmedUrl(baseUrl, 'baseUrl'), TEE: trimmedUrl(baseUrl, 'baseUrl') }
        : { VANILLA: trimmedUrl(baseUrl.VANILLA, 'baseUrl.VANILLA'), TEE: trimmedUrl(baseUrl.TEE, 'baseUrl.TEE') },
    registry,
    trust: given === undefined ? undefined : checkTrustPolicy(given),
    maxPerCall,
    maxPerHour,
    maxDeposit,
    assets,
    nodeTtlSeconds: BigInt(ttl),
    retries,
    countPromptTokens: options.countPromptTokens,
    storage: options.storage ?? createMemoryStorage(),
    world: {
      fetch: options.fetch ?? defaultWorld.fetch,
      now: options.clock ?? defaultWorld.now,
      randomBytes: options.randomBytes ?? defaultWorld.randomBytes,
      sleep: options.sleep ?? defaultWorld.sleep,
      secp256k1: { ...secp256k1, recover: rememberRecoveries(secp256k1.recover) },
      keccak: defaultWorld.keccak,
    },
  }
}

function payerOf({ privateKey, account }: CreateClientOptions, secp256k1: Secp256k1): Account {
  if ((privateKey === undefined) === (account === undefined)) throw invalid('give either privateKey or account')
  if (account !== undefined) return account
  const digits = privateKey?.replace(/^0x/, '') ?? ''
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw invalid('privateKey must be 64 hexadecimal digits')
  try {
    return accountOf(`0x${digits}`, secp256k1)
  } catch {
    // The cause is left out: it could repeat the key.
    throw invalid('privateKey is not a valid secp256k1 key')
  }
}

function amountOf(amount: bigint | undefined, name: string): bigint | undefined {
  if (amount !== undefined && (typeof amount !== 'bigint' || amount < 0n)) {
    throw invalid(`spend.${name} must be a bigint of atomic units`)
  }
  return amount
}

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)
}

function trimmedUrl(url: unknown, name: string): string {
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalid(`${name} must be an http or https URL`)
  }
  const { username, password, search, hash } = new URL(url)
  if (`${username}${password}${search}${hash}` !== '')
    throw invalid(`${name} must not carry credentials, a query or a fragment`)
  return url.replace(/\/+$/, '').replace(/\/v1$/, '')
}

function invalid(message: string): ClientError {
  return new ClientError('INVALID_OPTIONS', message)
}

import type { InferenceMode, SettlementMode } from '@og/settlement'
import { type Address, isAddress, type LocalAccount } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { ClientError } from './client-error.js'
import {
  DEFAULT_ASSETS,
  DEFAULT_BASE_URL,
  DEFAULT_MAX_PER_CALL,
  DEFAULT_NODE_TTL_SECONDS,
  defaultWorld,
  type World,
} from './defaults.js'
import type { StreamVerification } from './inference-wire.js'
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
  /** Tokens that may be paid with; USDC on Base and Base Sepolia unless told otherwise. */
  readonly assets?: readonly SpendAsset[]
}

/** Options of `createClient`. */
export interface CreateClientOptions {
  /** Key of the paying account, 64 hexadecimal digits. It signs in this process and is never sent. Either this or `account`. */
  readonly privateKey?: string | undefined
  /** An account that signs by itself, e.g. one whose key is in a vault. */
  readonly account?: LocalAccount
  /** Where the node is, without `/v1`; one for both modes, or one for each. */
  readonly baseUrl?: string | Readonly<Record<InferenceMode, string>>
  /** Which enclaves are believed. TEE calls are refused without it; the simulator must be named. */
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
  /** How long an attested node is believed before it is asked again; 600 unless told otherwise. */
  readonly nodeTtlSeconds?: number
  /** What is taken from the world; the platform's own unless told otherwise. */
  readonly fetch?: World['fetch']
  /** Unix seconds. */
  readonly clock?: World['now']
  readonly randomBytes?: World['randomBytes']
  readonly sleep?: World['sleep']
}

/** Options that have been checked, defaults filled in. */
export interface ClientSettings {
  readonly account: LocalAccount
  readonly baseUrls: Readonly<Record<InferenceMode, string>>
  readonly trust: TrustPolicy | undefined
  readonly maxPerCall: bigint
  readonly maxPerHour: bigint | undefined
  readonly assets: readonly SpendAsset[]
  readonly nodeTtlSeconds: bigint
  readonly world: World
}

/** Checks the options of a client. @throws ClientError `INVALID_OPTIONS`; its message never holds a key. */
export function parseClientOptions(options: CreateClientOptions): ClientSettings {
  const { baseUrl = DEFAULT_BASE_URL, spend = {} } = options
  const assets = spend.assets ?? DEFAULT_ASSETS
  if (
    !assets.every(
      ({ network, asset }) => /^eip155:[1-9][0-9]{0,15}$/.test(network) && isAddress(asset, { strict: false }),
    )
  ) {
    throw invalid('spend.assets must name eip155 networks and token addresses')
  }
  const maxPerCall = spend.maxPerCall ?? DEFAULT_MAX_PER_CALL
  if (typeof maxPerCall !== 'bigint' || maxPerCall < 0n)
    throw invalid('spend.maxPerCall must be a bigint of atomic units')
  if (spend.maxPerHour !== undefined && (typeof spend.maxPerHour !== 'bigint' || spend.maxPerHour < 0n)) {
    throw invalid('spend.maxPerHour must be a bigint of atomic units')
  }
  const ttl = options.nodeTtlSeconds ?? DEFAULT_NODE_TTL_SECONDS
  if (!Number.isSafeInteger(ttl) || ttl < 0) throw invalid('nodeTtlSeconds must be a whole number of seconds')
  for (const [name, url] of [
    ['rpcUrl', options.rpcUrl],
    ['recordRpcUrl', options.recordRpcUrl],
  ] as const) {
    if (url !== undefined) trimmedUrl(url, name)
  }
  return {
    account: accountOf(options),
    baseUrls:
      typeof baseUrl === 'string'
        ? { VANILLA: trimmedUrl(baseUrl, 'baseUrl'), TEE: trimmedUrl(baseUrl, 'baseUrl') }
        : { VANILLA: trimmedUrl(baseUrl.VANILLA, 'baseUrl.VANILLA'), TEE: trimmedUrl(baseUrl.TEE, 'baseUrl.TEE') },
    trust: options.trust === undefined ? undefined : checkTrustPolicy(options.trust),
    maxPerCall,
    maxPerHour: spend.maxPerHour,
    assets,
    nodeTtlSeconds: BigInt(ttl),
    world: {
      fetch: options.fetch ?? defaultWorld.fetch,
      now: options.clock ?? defaultWorld.now,
      randomBytes: options.randomBytes ?? defaultWorld.randomBytes,
      sleep: options.sleep ?? defaultWorld.sleep,
    },
  }
}

function accountOf({ privateKey, account }: CreateClientOptions): LocalAccount {
  if ((privateKey === undefined) === (account === undefined)) throw invalid('give either privateKey or account')
  if (account !== undefined) return account
  const digits = privateKey?.replace(/^0x/, '') ?? ''
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw invalid('privateKey must be 64 hexadecimal digits')
  try {
    return privateKeyToAccount(`0x${digits}`)
  } catch {
    // The cause is left out: it could repeat the key.
    throw invalid('privateKey is not a valid secp256k1 key')
  }
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

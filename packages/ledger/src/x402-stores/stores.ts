import type { Address, Hex, JsonObject, PaymentRequirements } from '@og/x402'
import type { ChannelStore } from '@og/x402/channel'
import type { BatchStore } from '@og/x402/evm'
import type { AccessStore } from '@og/x402/extensions'
import type { AnswerStore, ReservationStore } from '@og/x402/server'

/** What a facilitator is asked to settle. */
export interface SettlementQuestion {
  /** The payment's public name. */
  readonly paymentHash: Hex
  readonly scheme: string
  /** CAIP-2. */
  readonly network: string
  readonly payer: Address | undefined
  readonly payTo: Address
  readonly asset: Address
  /** Atomic units. */
  readonly amount: bigint
  /** What is needed to ask again after a crash; erased as soon as the settlement has ended. */
  readonly question: string
}

/** What became of a settlement. `open` means that it was asked for and may be under way. */
export interface SettlementRecord extends Omit<SettlementQuestion, 'question'> {
  readonly state: 'open' | 'settled' | 'failed'
  readonly transaction: Hex | undefined
  /** Why it failed, or why it is still open. */
  readonly reason: string | undefined
  readonly question: string | undefined
  /** Unix seconds. */
  readonly createdAt: bigint
  /** Unix seconds. */
  readonly updatedAt: bigint
}

/** Where a facilitator remembers what it was asked to settle: for status, and to go on after a crash. */
export interface SettlementStore {
  /** Records a question before anything is sent. What is settled stays settled. */
  begin(question: SettlementQuestion): Promise<void>
  /** Records an answer. A failure never replaces a success. */
  conclude(
    paymentHash: Hex,
    end: {
      readonly state: 'open' | 'settled' | 'failed'
      readonly transaction?: Hex
      readonly amount?: bigint
      readonly reason?: string
    },
  ): Promise<void>
  find(paymentHash: Hex): Promise<SettlementRecord | undefined>
  /** Open settlements that nobody has touched since a time, oldest first. */
  listOpen(input: { readonly untouchedSince: bigint; readonly limit: number }): Promise<readonly SettlementRecord[]>
}

/** A paid resource in a catalog. */
export interface CatalogEntry {
  /** URL without query. */
  readonly resource: string
  readonly type: 'http' | 'mcp'
  /** Of an MCP server's tools, which one; empty for HTTP. */
  readonly toolName: string
  readonly x402Version: number
  readonly payTo: Address
  /** Every way to pay that was seen settled, newest first. */
  readonly accepts: readonly PaymentRequirements[]
  /** Description, MIME type, service name, tags, icon, extensions. */
  readonly metadata: JsonObject
  /** Unix seconds. */
  readonly updatedAt: bigint
}

/** What {@link CatalogStore.put} takes: the requirements that were settled now. */
export interface CatalogInput extends Omit<CatalogEntry, 'accepts' | 'updatedAt'> {
  readonly accepted: PaymentRequirements
  /** Names of the extensions that it speaks. */
  readonly extensions: readonly string[]
  /** Text that a search looks into. */
  readonly words: string
}

/** Which entries. */
export interface CatalogFilter {
  readonly type?: string
  readonly payTo?: string
  readonly scheme?: string
  readonly network?: string
  /** Name of an extension. */
  readonly extension?: string
  readonly limit: number
  readonly offset: number
}

/** Where a facilitator keeps its catalog. An entry belongs to a resource *and* its payee, so that nobody alters another's. */
export interface CatalogStore {
  /** Adds an entry or renews it; false when the catalog is full. */
  put(input: CatalogInput): Promise<boolean>
  /** Newest first, with how many there are in all. */
  list(filter: CatalogFilter): Promise<{ readonly items: readonly CatalogEntry[]; readonly total: number }>
  /** Entries that hold at least one of the words, those with most of them first. */
  search(
    words: readonly string[],
    filter: CatalogFilter,
  ): Promise<{ readonly items: readonly CatalogEntry[]; readonly total: number }>
}

/** What a sweep has forgotten. */
export interface X402Swept {
  readonly reservations: number
  readonly answers: number
  readonly nonces: number
  readonly batches: number
  readonly settlements: number
}

/** The stores of `@og/x402` in one database, and a facilitator's own. */
export interface X402Stores {
  /** For `createPaywall`. */
  readonly reservations: ReservationStore
  /** For a paywall's `paymentIdentifier`. Bodies are encrypted, see {@link X402StoreOptions.answerKey}. */
  readonly answers: AnswerStore
  /** For a paywall's `signIn`. */
  readonly access: AccessStore
  /** For `createChannelServer`. */
  readonly channels: ChannelStore
  /** For `createBatchWriter`. */
  readonly batches: BatchStore
  readonly settlements: SettlementStore
  readonly catalog: CatalogStore
  /** Forgets what can matter no more: expired reservations, batches and ended settlements past their age. */
  sweep(): Promise<X402Swept>
  close(): Promise<void>
}

/** What all engines take. */
export interface X402StoreOptions {
  /** Most that one payer may have running at a time per asset, in atomic units; unlimited when absent. */
  readonly maxExposurePerPayer?: bigint
  /** Most entries of the catalog; default 10,000. */
  readonly maxResources?: number
  /**
   * 32 bytes under which answers are encrypted; the same for every process that is to give them again. When absent each
   * process has a random one, and an answer of another life is lost.
   */
  readonly answerKey?: Uint8Array
  /** Batches and ended settlements are forgotten at this age; default 30 days. */
  readonly maxAgeSeconds?: bigint
}

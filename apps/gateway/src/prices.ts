import type { SettlementMode } from '@og/settlement'
import { parseAmount } from '@og/x402'
import { z } from 'zod'
import { GatewayError } from './gateway-error.js'
import defaultTable from './prices.json' with { type: 'json' }
import { findUnderpriced } from './record-prices.js'
import { type Tokenizer, tokenizers } from './token-counter.js'

/** Prices in US dollars per million tokens, as decimal text: money never becomes a float. */
interface ModelPrice {
  readonly input: string
  readonly cachedInput: string
  readonly output: string
  readonly reasoning: string
}

/** How the tokens of a prompt are bounded for a quote, where a published tokenizer says something of the model. */
export interface PromptCount {
  readonly tokenizer: Tokenizer
  /** Absent for the model's own tokenizer. For the one of another family: how much of its count is taken, 100 or more. */
  readonly percent?: number | undefined
}

/** A model that the gateway offers. `upstreamName` is how the provider itself calls it. */
export interface Model {
  readonly id: string
  readonly family: string
  readonly upstreamName: string
  /** What it makes: text, or vectors. */
  readonly kind: 'text' | 'embedding'
  readonly price: ModelPrice
  /** Absent where nothing is known: then every byte of a prompt counts as a token. */
  readonly promptCount: PromptCount | undefined
  /** Whether chats with files are taken, whatever their pages cost. */
  readonly files: boolean
}

/** What a node sells, and for how much. */
export interface PriceTable {
  readonly models: readonly Model[]
  /** What recording one inference costs, in US dollars. */
  readonly surcharges: Readonly<Record<SettlementMode, string>>
  /** The model behind an id, an alias, or an id without its family; `undefined` when it is not on offer. */
  readonly resolve: (name: string) => Model | undefined
}

const usd = z.string().regex(/^(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,9})?$/)
const id = z.string().regex(/^[a-z0-9-]{1,32}\/[a-zA-Z0-9._:-]{1,95}$/)

/** The price table as JSON. Prices are US dollars per million tokens, surcharges US dollars per inference. */
export const priceTableSchema = z.strictObject({
  version: z.literal('1'),
  surcharges: z.strictObject({ SETTLE: usd, SETTLE_METADATA: usd, SETTLE_BATCH: usd }),
  /** What gas on the record chain is taken to cost: a surcharge that does not cover its record then is refused. Absent: nothing is checked. */
  recordGas: z.strictObject({ gwei: usd, usdPerEther: usd }).optional(),
  models: z
    .array(
      z.strictObject({
        id,
        upstreamName: z.string().min(1).max(128),
        kind: z.enum(['text', 'embedding']).default('text'),
        input: usd,
        cachedInput: usd,
        output: usd,
        /** As `output` where the provider prices both the same. */
        reasoning: usd.optional(),
        /** Absent: a prompt is quoted by its bytes. */
        promptCount: z
          .strictObject({ tokenizer: z.enum(tokenizers), percent: z.int().min(100).max(1000).optional() })
          .optional(),
        /** What a file costs cannot be told before: 5,000 tokens beside its bytes are quoted, the rest is the operator's loss. */
        files: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(1000),
  aliases: z.record(z.string().min(1).max(128), id).default({}),
})

/** A price table as it is written in a configuration. */
export type PriceTableInput = z.output<typeof priceTableSchema>

/**
 * Builds the price table: the one of the configuration, or the one that comes with the gateway.
 * @throws GatewayError `config_invalid` for a model that stands there twice, an alias of nothing, and a price that the token's decimals
 *   cannot express; and for a surcharge below what its record costs at the table's price of gas
 */
export function createPriceTable(input: PriceTableInput | undefined, decimals: number): PriceTable {
  const table = input ?? priceTableSchema.parse(defaultTable)
  const models = table.models.map(modelOf)
  const byName = new Map<string, Model>()
  for (const model of models) {
    if (byName.has(model.id)) throw invalid(`${model.id} stands there twice`)
    byName.set(model.id, model)
  }
  for (const price of models.flatMap(({ price }) => Object.values(price)).concat(Object.values(table.surcharges))) {
    if (!isExpressible(price, decimals)) throw invalid(`${price} has more than ${decimals} decimals`)
  }
  const cheap = table.recordGas === undefined ? undefined : findUnderpriced(table.surcharges, table.recordGas)
  if (cheap !== undefined)
    throw invalid(`${cheap.mode} is recorded for up to ${cheap.least} dollars, more than its surcharge`)
  // Bare names after the ids, so that they never hide one; a name that two families share is nobody's.
  for (const model of models) {
    const bare = model.id.slice(model.family.length + 1)
    const isShared = models.some((other) => other !== model && other.id.endsWith(`/${bare}`))
    if (!isShared && !byName.has(bare)) byName.set(bare, model)
  }
  for (const [alias, target] of Object.entries(table.aliases)) {
    const model = models.find((candidate) => candidate.id === target)
    if (model === undefined) throw invalid(`alias ${alias} names no model of the table`)
    byName.set(alias, model)
  }
  return { models, surcharges: table.surcharges, resolve: (name) => byName.get(name) }
}

/** Tells whether no token of a model costs more than the same token of another: who agreed to the other's price agreed to this one's. */
export function isNoDearer(model: Model, other: Model): boolean {
  const kinds = ['input', 'cachedInput', 'output', 'reasoning'] as const
  return kinds.every((kind) => parseAmount(model.price[kind], finest) <= parseAmount(other.price[kind], finest))
}

/** As many decimals as the schema lets a price have. */
const finest = 9

function modelOf(row: PriceTableInput['models'][number]): Model {
  return {
    id: row.id,
    family: row.id.slice(0, row.id.indexOf('/')),
    upstreamName: row.upstreamName,
    kind: row.kind,
    price: {
      input: row.input,
      cachedInput: row.cachedInput,
      output: row.output,
      reasoning: row.reasoning ?? row.output,
    },
    promptCount: row.promptCount,
    files: row.files,
  }
}

function isExpressible(price: string, decimals: number): boolean {
  try {
    parseAmount(price, decimals)
    return true
  } catch {
    return false
  }
}

function invalid(reason: string): GatewayError {
  return new GatewayError('config_invalid', `The price table is not valid: ${reason}.`)
}

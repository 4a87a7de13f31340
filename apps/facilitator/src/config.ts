import { z } from 'zod'

const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** Other numbers are refused here already: where keys are used, the error would show them. */
const key = /* @__PURE__ */ z.string().refine((text) => {
  const number = /^0x[0-9a-fA-F]{64}$/.test(text) ? BigInt(text) : 0n
  return number > 0n && number < secp256k1Order
}, 'wanted: a private key of secp256k1, 0x and 64 hexadecimal digits')
const address = /* @__PURE__ */ z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'wanted: an address, 0x and 40 hexadecimal digits')
const addresses = /* @__PURE__ */ z.array(address).min(1).max(64)
/** Atomic units as text, because JSON has no whole numbers of that size. */
const amount = /* @__PURE__ */ z.string().regex(/^(0|[1-9][0-9]{0,38})$/, 'wanted: a whole number as text')

const batchSchema = /* @__PURE__ */ z.strictObject({
  /** How long the first payment of a batch waits for others. */
  windowMs: z.coerce.number().int().min(0).max(10_000).default(1_000),
  maxItems: z.coerce.number().int().min(1).max(200).default(50),
  /** A `BatchFacilitator` of which this account is an operator; `deploy` puts one on the chain, once. */
  contract: z.union([z.literal('deploy'), address]).optional(),
  /** Other accounts that may settle through a contract that is deployed here: those of other instances. */
  operators: addresses.optional(),
})

const limitsSchema = /* @__PURE__ */ z.strictObject({
  maxBodyBytes: z.coerce.number().int().min(1_024).max(1_048_576).default(131_072),
  /** Questions at work at a time, and those that wait for their turn; above it the answer is 429. */
  maxConcurrent: z.coerce.number().int().min(1).max(100_000).default(1_024),
  maxWaiting: z.coerce.number().int().min(0).max(100_000).default(4_096),
  /** Of either, for one payer; for a caller as a whole where no payer is proven. */
  maxPerPayer: z.coerce.number().int().min(1).max(100_000).default(64),
  /** Of either, for one key or address, whatever payers it asks for; half of all places unless given. */
  maxPerCaller: z.coerce.number().int().min(1).max(200_000).optional(),
})

const discoverySchema = /* @__PURE__ */ z.strictObject({
  /** Lists resources on `localhost` and bare IP addresses too: for networks of one's own. */
  privateHosts: z.boolean().default(false),
  maxResources: z.coerce.number().int().min(1).max(1_000_000).default(10_000),
})

const schema = /* @__PURE__ */ z
  .strictObject({
    host: z.string().max(255).default('127.0.0.1'),
    port: z.coerce.number().int().min(0).max(65_535).default(8403),
    rpcUrl: z.url({ protocol: /^https?$/, error: 'wanted: a URL with http:// or https://' }),
    chainId: z.coerce.number().int().positive(),
    /** Key of the account that broadcasts settlements; it holds gas money only. */
    privateKey: key,
    /** SQLite: this file, and a second one with the ending `.x402`. */
    ledgerPath: z.string().min(1).max(4096).optional(),
    /** PostgreSQL instead, for several instances. */
    ledgerUrl: z.url({ protocol: /^postgres(ql)?$/, error: 'wanted: a URL with postgres://' }).optional(),
    ledgerSchema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,57}$/, 'wanted: a name of a-z, 0-9 and _')
      .optional(),
    confirmations: z.coerce.number().int().min(1).max(128).default(1),
    /** How long `/settle` waits for its transaction before it answers `settlement_pending`. */
    settleTimeoutMs: z.coerce.number().int().min(100).max(80_000).default(30_000),
    /** Tokens that are served; every token when absent. */
    assets: addresses.optional(),
    /** Smallest `exact` price or `upto` ceiling that is settled: gas is this account's. */
    minAmount: amount.optional(),
    /** Wei for a unit of gas above which nothing is sent; it waits for a cheaper time. */
    maxFeePerGas: amount.optional(),
    batch: batchSchema.optional(),
    gasSponsoring: z
      .strictObject({
        minAmount: amount.optional(),
        maxPerPayer: z.coerce.number().int().min(1).max(10_000).optional(),
      })
      .optional(),
    /** Factories that may deploy a payer's wallet (ERC-6492), at this facilitator's cost. */
    walletFactories: addresses.optional(),
    /** Signs claims and refunds for servers that name it as their receiver authorizer, and that have one of `apiKeys`. */
    authorizerKey: key.optional(),
    /** Smallest channel deposit that is brought. */
    minDeposit: amount.optional(),
    /** Who may ask; anybody when absent. Keys stand here as their SHA-256 only. */
    apiKeys: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z0-9-]{1,32}$/, 'wanted: up to 32 of a-z, 0-9 and -'),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'wanted: the SHA-256 of a key, 64 hexadecimal digits in lower case'),
          /** The payees that this caller may ask for; all when absent. */
          payTo: addresses.optional(),
        }),
      )
      .min(1)
      .max(1_000)
      .optional(),
    limits: limitsSchema.prefault({}),
    discovery: z.union([z.literal(false), discoverySchema]).prefault({}),
    versions: z
      .array(z.union([z.literal(1), z.literal(2)]))
      .min(1)
      .max(2)
      .default([1, 2]),
  })
  .refine((config) => (config.ledgerPath === undefined) !== (config.ledgerUrl === undefined), {
    path: ['ledgerPath'],
    error: 'name exactly one of ledgerPath and ledgerUrl',
  })
  .refine((config) => config.authorizerKey === undefined || config.apiKeys !== undefined, {
    path: ['apiKeys'],
    // Who reaches the authorizer has channels refunded: a payer too, of what its server has not claimed yet.
    error: 'authorizerKey wants keys for the servers that may have claims and refunds signed',
  })
  .refine(
    (config) => config.batch === undefined || config.batch.contract !== undefined || config.assets !== undefined,
    {
      path: ['batch'],
      error: 'wanted: a contract, or assets that are known not to misbehave',
    },
  )

/** A facilitator's configuration: a JSON document, checked once at start. */
export type FacilitatorConfig = z.output<typeof schema>

/** Parses the configuration; unknown keys are refused. @throws Error that names each wrong field but never its value */
export function parseConfig(input: unknown): FacilitatorConfig {
  const result = schema.safeParse(input, { error: textOf })
  if (result.success) return result.data
  const wrong = result.error.issues.map((issue) => `${placeOf(issue)}: ${issue.message}`).join('; ')
  throw new Error(`The configuration is not valid: ${wrong}. Its fields: apps/facilitator/README.md.`)
}

/** What zod has no plain word for. Its own words name types and bounds, never a value. */
function textOf({ code, input }: { readonly code: string; readonly input?: unknown }): string | undefined {
  if (code === 'unrecognized_keys') return 'no such field'
  return input === undefined ? 'is missing' : undefined
}

/** Which field is meant; of unknown ones their names. */
function placeOf(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? [issue.keys.join(', ')] : []
  return [...issue.path, ...unknown].join('.') || '(root)'
}

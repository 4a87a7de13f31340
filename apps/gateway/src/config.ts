import { z } from 'zod'
import { GatewayError } from './gateway-error.js'
import { priceTableSchema } from './prices.js'

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'wanted: an address, 0x and 40 hexadecimal digits')
const bytes32 = z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'wanted: 0x and 64 hexadecimal digits')
const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** Other numbers are refused here already: where keys are used, the error would show them. */
const privateKey = bytes32.refine((key) => {
  const number = /^0x[0-9a-fA-F]{64}$/.test(key) ? BigInt(key) : 0n
  return number > 0n && number < secp256k1Order
}, 'wanted: a private key of secp256k1')
const bytes48 = z.string().regex(/^0x[0-9a-f]{96}$/, 'wanted: 0x and 96 hexadecimal digits')
const url = z.url({ protocol: /^https?$/, error: 'wanted: a URL with http:// or https://' })
const amount = z.string().regex(/^(0|[1-9][0-9]{0,38})$/, 'wanted: atomic units, a whole number as text')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'wanted: a SHA-256, 64 hexadecimal digits in lower case')
const seconds = z.coerce.number().int().positive()
/** What a timer waits for: above 2^31 milliseconds one fires at once, again and again. */
const timerSeconds = z.coerce.number().int().min(1).max(2_000_000)

const upstream = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'wanted: up to 32 of a-z, 0-9 and -'),
  baseUrl: url,
  /** What it speaks; `openai-compatible` unless given. */
  api: z
    .enum(['openai-compatible', 'openai', 'openai-responses', 'x-ai', 'x-ai-responses', 'anthropic', 'gemini'])
    .optional(),
  apiKey: z.string().max(512).optional(),
  /** Model families (the part before the slash, e.g. `openai`) that go to this server; empty means every family. */
  families: z.array(z.string().max(64)).max(32).default([]),
  /** Most calls of it at once; 256 unless given. */
  maxConcurrent: z.number().int().min(1).max(10_000).optional(),
  /** Longest wait for the first piece of an answer, and longest silence after it; a minute each unless given. */
  firstPieceTimeoutSeconds: timerSeconds.optional(),
  idleTimeoutSeconds: timerSeconds.optional(),
  /** Lets the name in `baseUrl` resolve into an inner network; an inner address written as such, and `localhost`, always may. */
  allowInnerNetwork: z.boolean().optional(),
})

const schema = z.strictObject({
  mode: z.enum(['TEE', 'VANILLA']),
  /** What the process does: serve calls, settle what was served (by any process that shares the ledger), or both. */
  role: z.enum(['all', 'serve', 'settle']).default('all'),
  /** Where evidence comes from in TEE mode. The simulator must be asked for by name. */
  attestation: z.enum(['simulator', 'configfs-tsm']).optional(),
  /** The caching service that collateral comes from; Intel's own unless given. */
  pccsUrl: url.optional(),
  /** What the simulated enclave claims, for tests of clients that must refuse it; the simulator's own root still vouches for it only. */
  simulatedEnclave: z.strictObject({ mrTd: bytes48.optional(), debug: z.boolean().optional() }).optional(),
  host: z.string().max(255).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8402),
  /** The URL under which clients reach the node; it stands in the key manifest. */
  publicUrl: url.optional(),
  /** A SQLite file, for one gateway. Exactly one of `ledgerPath` and `ledgerUrl` is given. */
  ledgerPath: z.string().min(1).max(4096).optional(),
  /** A PostgreSQL, for any number of gateways with one `logId` and one `relayerKey`. */
  ledgerUrl: z
    .string()
    .max(4096)
    .regex(/^postgres(ql)?:\/\//, 'wanted: a URL with postgres://')
    .optional(),
  /** The schema in it; default `og_ledger`. */
  ledgerSchema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'wanted: a name of a-z, 0-9 and _')
    .optional(),
  logId: bytes32,
  rpcUrl: url,
  chainId: z.coerce.number().int().positive(),
  inferenceLog: address,
  nodeRegistry: address,
  token: z.strictObject({
    address,
    name: z.string().min(1).max(64),
    version: z.string().min(1).max(16),
    decimals: z.number().int().min(0).max(36),
  }),
  payTo: address,
  facilitatorUrl: url,
  /** What the facilitator knows this node by. One that settles `upto` for anybody also does so for a payer who names a lower charge first. */
  facilitatorToken: z
    .string()
    .regex(/^[\x21-\x7e]{8,512}$/, 'wanted: 8 to 512 visible characters of ASCII')
    .optional(),
  /** Payment channels (`batch-settlement`); not offered when absent. */
  channels: z
    .strictObject({
      /** Authorizes claims and refunds for `payTo`; the facilitator's own authorizer when absent. */
      authorizerKey: privateKey.optional(),
      /** How long a payer that leaves without the node waits for its money. */
      withdrawDelaySeconds: z.number().int().min(900).max(2_592_000).default(86_400),
      /** Smallest deposit, and what a channel must owe before it is claimed, in atomic units. */
      minDeposit: amount.optional(),
      minClaim: amount.default('1'),
      /** How often what channels owe is claimed. */
      claimSeconds: timerSeconds.default(3600),
      /** How long a gateway that dies or stands still blocks a channel for the others of its ledger. */
      leaseSeconds: z.number().int().min(2).max(3600).default(60),
    })
    .optional(),
  /** Key of the account that pays the gas of records; it holds gas money only. */
  relayerKey: privateKey,
  upstreams: z
    .array(upstream)
    .max(64)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two have the same id')
    .default([]),
  /** What is sold, and for how much; the table that comes with the gateway unless given. */
  prices: priceTableSchema.optional(),
  /** Who may hand over provider keys at run time: SHA-256 of a token, in hexadecimal. */
  admin: z
    .strictObject({
      tokenSha256: sha256,
      /** The token works once. */
      oneTime: z.boolean().default(true),
    })
    .optional(),
  /** Asked for as a bearer token at `/metrics`; without it everybody may read them. */
  metricsToken: z.string().min(16).max(256).optional(),
  /** Most paid calls at once; above it callers are refused before anything is reserved. */
  maxConcurrentCalls: z.number().int().min(1).max(100_000).default(2048),
  /** How long a node that is told to end still takes calls while it says that it is not ready. */
  drainSeconds: z.number().int().min(0).max(600).default(0),
  /** A line for every paid call; prompts, answers and payments are in none of them. */
  accessLog: z.boolean().default(true),
  /** Spans for OpenTelemetry; they go nowhere unless an SDK is loaded into the process. */
  tracing: z.boolean().default(false),
  /** A checkpoint is sealed as soon as a leaf is this old. */
  checkpointMaxAgeSeconds: seconds.default(60),
  confirmations: z.coerce.number().int().min(1).max(128).default(1),
  /** Age at which a sealing key is followed by the next, and how long it still opens requests after that. */
  sealingKeySeconds: seconds.default(24 * 3600),
  sealingOverlapSeconds: seconds.default(3600),
  /** Age at which the receipt key is followed by the next (half of its validity at most), and how long the old one still serves after that. */
  receiptKeySeconds: seconds.default(7 * 24 * 3600),
  receiptOverlapSeconds: seconds.default(3600),
  /** Signs the registration of new keys; without it somebody has to register them by hand. */
  registrarUrl: url.optional(),
  keyValiditySeconds: seconds.default(30 * 24 * 3600),
  offerValiditySeconds: seconds.default(3600),
})

/** A gateway's configuration: a JSON document, checked once at start. */
export type GatewayConfig = z.output<typeof schema>

/** Secrets that may come from the environment, so that the file can be published: it is measured with the image. */
const secretVariables = {
  OG_RELAYER_KEY: 'relayerKey',
  OG_LEDGER_URL: 'ledgerUrl',
  OG_FACILITATOR_TOKEN: 'facilitatorToken',
} as const
/** The one that stands in a group of its own, and only where the file has the group. */
const channelVariable = 'OG_CHANNEL_AUTHORIZER_KEY'

/** Adds the secrets of the environment to a configuration as read from a file; what stands in the file counts. */
export function withEnvironment(input: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const secrets = Object.entries(secretVariables).flatMap(([variable, name]) => {
    const value = environment[variable]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const authorizerKey = environment[channelVariable]
  const channels = (input as { readonly channels?: unknown }).channels
  const group =
    authorizerKey && typeof channels === 'object' && channels !== null
      ? { channels: { authorizerKey, ...channels } }
      : {}
  return { ...Object.fromEntries(secrets), ...input, ...group }
}

/**
 * Parses the configuration. Unknown keys are refused, so that a typing error cannot become a default.
 * @throws GatewayError `config_invalid`, naming each wrong field but never its value.
 */
export function parseConfig(input: unknown): GatewayConfig {
  const result = schema.safeParse(input, { error: textOf })
  if (!result.success) {
    const wrong = result.error.issues.map((issue) => `${placeOf(issue)}: ${issue.message}`).join('; ')
    throw new GatewayError(
      'config_invalid',
      `The configuration is not valid: ${wrong}. Its fields: apps/gateway/README.md.`,
    )
  }
  const config = result.data
  if (config.mode === 'TEE' && config.attestation === undefined) {
    throw new GatewayError(
      'config_invalid',
      'attestation: a TEE node needs an attestation source (the simulator must be asked for by name).',
    )
  }
  if ((config.ledgerPath === undefined) === (config.ledgerUrl === undefined)) {
    throw new GatewayError(
      'config_invalid',
      'ledgerPath, ledgerUrl: name exactly one, a SQLite file or a PostgreSQL database.',
    )
  }
  if (config.role !== 'all' && config.ledgerUrl === undefined) {
    throw new GatewayError('config_invalid', 'role: only processes that share a ledgerUrl divide the work.')
  }
  if (config.ledgerSchema !== undefined && config.ledgerUrl === undefined) {
    throw new GatewayError('config_invalid', 'ledgerSchema: only a ledgerUrl has a schema.')
  }
  return config
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

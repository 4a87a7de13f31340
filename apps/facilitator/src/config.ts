import { z } from 'zod'

const schema = /* @__PURE__ */ z.strictObject({
  host: z.string().max(255).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8403),
  rpcUrl: z.url({ protocol: /^https?$/ }),
  chainId: z.coerce.number().int().positive(),
  /** Key of the account that broadcasts settlements; it holds gas money only. */
  privateKey: z.string().regex(/^0x[0-9a-fA-F]{64}$/),
  ledgerPath: z.string().min(1).max(4096),
  confirmations: z.coerce.number().int().min(1).max(128).default(1),
  /** How long `/settle` waits for its transaction before it answers `settlement_pending`. */
  settleTimeoutMs: z.coerce.number().int().min(100).max(80_000).default(30_000),
})

/** A facilitator's configuration: a JSON document, checked once at start. */
export type FacilitatorConfig = z.output<typeof schema>

/** Parses the configuration; unknown keys are refused. @throws Error that names each wrong field but never its value */
export function parseConfig(input: unknown): FacilitatorConfig {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.code}`).join('; ')
  throw new Error(`The configuration is not valid: ${wrong}.`)
}

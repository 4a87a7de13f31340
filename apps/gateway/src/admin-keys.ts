import { createHash, timingSafeEqual } from 'node:crypto'
import { parseStrictJson, SettlementError } from '@og/settlement'
import { z } from 'zod'
import { corsHeaders } from './cors.js'
import { errorBodyOf, GatewayError, statusOf } from './gateway-error.js'
import type { Log } from './log.js'
import type { Reply } from './reply.js'

/** Options of {@link createAdminKeys}. */
export interface AdminKeysOptions {
  /** SHA-256 of the operator's token; without it there is no such route. */
  readonly tokenSha256: string | undefined
  /** The token works once. */
  readonly oneTime: boolean
  /** Names of the providers that take keys. */
  readonly providers: readonly string[]
  /** Gives a provider its key. */
  readonly setKey: (id: string, apiKey: string) => void
  /** Told of each key before it is used, so that it never stands in a log. */
  readonly onSecret: (secret: string) => void
  /** Monotonic milliseconds. */
  readonly clock: () => number
  readonly log: Log
}

const body = z.strictObject({
  token: z.string().min(1).max(1024),
  keys: z
    .record(z.string().regex(/^[a-z0-9-]{1,32}$/), z.string().regex(/^[\x21-\x7e]{8,512}$/))
    .refine((keys) => Object.keys(keys).length > 0),
})
const maxBodyBytes = 65_536
/** Wrong tokens that are answered as such in a minute. */
const wrongPerMinute = 10

/**
 * Creates `POST /admin/keys`: provider keys into memory, at run time, through the sealed channel only, so that neither the host nor a proxy
 * of an enclave sees them. The whole request is checked before any key is taken. The right token is let in however many wrong ones have come: its
 * hash is published with the configuration, so that only its length protects it, and a limit would only let anybody keep the operator out.
 */
export function createAdminKeys(
  options: AdminKeysOptions,
): (request: { readonly body: Uint8Array; readonly sealed: boolean }, reply: Reply) => Promise<void> {
  let used = false
  let wrong = 0
  let windowFrom = options.clock()

  function handle(request: { readonly body: Uint8Array; readonly sealed: boolean }): readonly string[] {
    if (options.tokenSha256 === undefined) throw new GatewayError('not_found', 'This node takes no keys at run time.')
    if (!request.sealed) {
      throw new GatewayError('sealing_required', 'Keys must be sealed to the attested key of the node.')
    }
    if (options.clock() - windowFrom > 60_000) {
      windowFrom = options.clock()
      wrong = 0
    }
    const { token, keys } = parse(request.body)
    if (!timingSafeEqual(createHash('sha256').update(token).digest(), Buffer.from(options.tokenSha256, 'hex'))) {
      wrong += 1
      if (wrong <= wrongPerMinute) throw new GatewayError('admin_refused', 'The token is wrong.')
      throw new GatewayError('rate_limited', 'Too many wrong tokens: wait a minute.', { retryAfterSeconds: 60 })
    }
    if (used && options.oneTime) throw new GatewayError('keys_already_set', 'The one-time token has been used.')
    const named = Object.keys(keys)
    if (!named.every((id) => options.providers.includes(id))) {
      throw new GatewayError('invalid_request', 'keys names a provider that is not configured.', { param: 'keys' })
    }
    for (const key of Object.values(keys)) options.onSecret(key)
    for (const [id, key] of Object.entries(keys)) options.setKey(id, key)
    used = true
    return named
  }

  return async (request, reply) => {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...corsHeaders }
    try {
      const providers = handle(request)
      options.log.info('provider keys set', { providers })
      await reply.head(200, headers)
      await reply.write(Buffer.from(JSON.stringify({ providers })))
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      await reply.head(statusOf(error), headers)
      await reply.write(Buffer.from(JSON.stringify(errorBodyOf(error))))
    }
    await reply.end()
  }
}

function parse(bytes: Uint8Array): z.output<typeof body> {
  try {
    const parsed = body.safeParse(parseStrictJson(bytes, { maxBytes: maxBodyBytes, maxDepth: 4 }))
    if (parsed.success) return parsed.data
  } catch (cause) {
    if (!(cause instanceof SettlementError)) throw cause
  }
  throw new GatewayError('invalid_request', 'Send {"token": text, "keys": {provider: key}}.')
}

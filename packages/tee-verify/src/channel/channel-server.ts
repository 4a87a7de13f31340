import { areEqualBytes, hexOf, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import {
  DEFAULT_MAX_REQUEST_BYTES,
  DEFAULT_PAD_TO_BYTES,
  DEFAULT_REPLAY_ENTRIES,
  DEFAULT_REPLAY_WINDOW_SECONDS,
  type RandomBytes,
  systemNow,
  systemRandomBytes,
} from './defaults.js'
import { type HeaderField, isSealedRequestHeader, type SealedHeaderRule } from './header-fields.js'
import { setupRecipient } from './hpke-suite.js'
import { checkCount, checkPadding } from './option-bounds.js'
import { checkPaymentHeaders, encodePaymentFields, type OuterHeaders, paymentFieldsIn } from './payment-headers.js'
import { PAYMENT_REQUEST_HEADERS, type PaymentHeaders } from './payment-names.js'
import { EXPORTED_SECRET_BYTES, MAX_HEAD_BYTES, REQUEST_PREFIX_BYTES, RESPONSE_LABEL, TAG_BYTES } from './protocol.js'
import { createReplayCache } from './replay-cache.js'
import { parseRequestMessage } from './request-message.js'
import { createResponseSealer, type ResponseSealer } from './response-sealer.js'
import { infoOf, parseSealedRequest } from './sealed-request.js'
import type { SealingKeyPair } from './sealing-key.js'

export interface ChannelServerOptions {
  /** The keys that are valid now: the current one and, for a while, the one before it. */
  readonly keys: () => readonly SealingKeyPair[]
  /** Unix seconds. */
  readonly now?: () => bigint
  /** How far a request's time may be from `now`, either way, and how long it is remembered; 300 by default. */
  readonly replayWindowSeconds?: number
  /** How many requests are remembered; a full memory refuses. 250,000 by default. */
  readonly maxEntries?: number
  /** Largest inner body; 16 MiB by default. */
  readonly maxRequestBytes?: number
  /** Header names beside the built-in list that requests may carry inside the seal. */
  readonly allowHeaders?: readonly string[]
  /** Where payment headers travel; the client's option must say the same. Default `outside`. */
  readonly paymentHeaders?: PaymentHeaders
  /** Answer frames are padded to multiples of this many bytes (1..65,536; 256 by default; 1 pads nothing). */
  readonly padToBytes?: number
  readonly randomBytes?: RandomBytes
}

/** The request inside the seal, and the means to answer it. */
export interface OpenedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Lower-case names; a record without prototype. With the payment headers, wherever they travelled. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly sealer: ResponseSealer
}

/** A sealed request as it arrived. */
export interface SealedInput {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
  /** `Headers`, pairs, or Node's `request.headers`; none when left out. */
  readonly headers?: OuterHeaders
}

export interface ChannelServer {
  /**
   * Opens one sealed request. `method` and `path` are those of the outer request line; `path` without the query. `headers`
   * are those of the outer request, of which the payment headers are read where they travel outside the seal: one that was
   * added, altered or taken away on the way is `OPEN_FAILED`.
   * @throws {ChannelError} `MALFORMED`, `UNSUPPORTED_VERSION`, `UNKNOWN_KEY`, `OPEN_FAILED`, `STALE`, `REPLAYED`,
   * `REPLAY_CACHE_FULL`, `TOO_LARGE`.
   */
  open(input: SealedInput): Promise<OpenedRequest>
}

/**
 * Creates the opening end of the channel. The replay memory lives in it: one server object per sealing key, for as long
 * as the key lives.
 * @throws {ChannelError} `SEALER_MISUSE` for an option out of bounds.
 */
export function createChannelServer(options: ChannelServerOptions): ChannelServer {
  const now = options.now ?? systemNow
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const maxRequestBytes = checkCount('maxRequestBytes', options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES)
  const padToBytes = checkPadding(options.padToBytes ?? DEFAULT_PAD_TO_BYTES)
  const paymentHeaders = checkPaymentHeaders(options.paymentHeaders ?? 'outside')
  const rule = { allowHeaders: new Set(options.allowHeaders?.map((name) => name.toLowerCase())), paymentHeaders }
  const replays = createReplayCache({
    windowSeconds: checkCount('replayWindowSeconds', options.replayWindowSeconds ?? DEFAULT_REPLAY_WINDOW_SECONDS),
    maxEntries: checkCount('maxEntries', options.maxEntries ?? DEFAULT_REPLAY_ENTRIES),
  })
  // Everything around the body at its largest: prefix, tag, two lengths, head, padding.
  const maxSealedBytes = maxRequestBytes + REQUEST_PREFIX_BYTES + TAG_BYTES + 8 + MAX_HEAD_BYTES + 65_536

  return {
    open: async (input) => {
      if (input.body.length > maxSealedBytes) {
        throw new ChannelError('TOO_LARGE', `a sealed request of ${input.body.length} bytes`)
      }
      const sealed = parseSealedRequest(input.body)
      const key = options.keys().find(({ keyId }) => areEqualBytes(keyId, sealed.keyId))
      if (key === undefined) throw new ChannelError('UNKNOWN_KEY', `no key with id ${hexOf(sealed.keyId)}`)
      const recipient = await setupRecipient({
        keyPair: key.cryptoKeys,
        encapsulatedKey: sealed.encapsulatedKey,
        info: infoOf(input, sealed.keyId),
      })
      const payment = paymentHeaders === 'outside' ? paymentFieldsIn(input.headers ?? [], PAYMENT_REQUEST_HEADERS) : []
      const message = parseRequestMessage(await recipient.open(sealed.ciphertext, encodePaymentFields(payment)))
      if (message.body.length > maxRequestBytes) {
        throw new ChannelError('TOO_LARGE', `a request body of ${message.body.length} bytes`)
      }
      if (message.path.split('?', 1)[0] !== input.path) {
        throw new ChannelError('MALFORMED', 'inner and outer path differ')
      }
      const headers = recordOf(message.headers, rule)
      for (const [name, value] of payment) headers[name] = value
      const exportedSecret = await recipient.exportSecret(utf8BytesOf(RESPONSE_LABEL), EXPORTED_SECRET_BYTES)
      replays.accept({ id: `${hexOf(sealed.keyId)}${message.id}`, time: message.time, now: now() })
      return {
        method: message.method,
        path: message.path,
        headers,
        body: message.body,
        sealer: createResponseSealer({
          exportedSecret,
          encapsulatedKey: sealed.encapsulatedKey,
          randomBytes,
          padToBytes,
          paymentHeaders,
        }),
      }
    },
  }
}

function recordOf(fields: readonly HeaderField[], rule: SealedHeaderRule): Record<string, string> {
  const record: Record<string, string> = Object.create(null)
  for (const [name, value] of fields) {
    if (!isSealedRequestHeader(name, rule)) {
      throw new ChannelError('MALFORMED', `header ${name} does not travel inside a sealed request`)
    }
    if (name in record) throw new ChannelError('MALFORMED', `header ${name} stands twice`)
    record[name] = value
  }
  return record
}

import { type Bytes, concatBytes } from './bytes.js'
import { ChannelError } from './channel-error.js'
import type { RandomBytes } from './defaults.js'
import { fieldsOf, type HeaderField, type HeadersLike } from './header-fields.js'
import { encodePaymentFields, paymentFieldsIn } from './payment-headers.js'
import { PAYMENT_RESPONSE_HEADERS, type PaymentHeaders } from './payment-names.js'
import { MAX_FRAME_DATA_BYTES, PROTOCOL_VERSION, RESPONSE_NONCE_BYTES, SEALED_RESPONSE_HEADERS } from './protocol.js'
import { sealFrame } from './response-frame.js'
import { encodeResponseHead } from './response-head.js'
import { deriveResponseKey, type ResponseKey } from './response-key.js'

/**
 * Seals one answer, in the order head, chunks, end. Places are taken when a method is called: write the resolved bytes
 * in the order of the calls. An answer without its end is refused by the client.
 */
export interface ResponseSealer {
  /**
   * The outer headers of an answer with these headers: `SEALED_RESPONSE_HEADERS`, and the payment headers where they stay
   * outside the seal. Send exactly these: the client refuses an answer whose payment headers are not those of its head.
   * @throws {ChannelError} `MALFORMED` for a payment header that stands twice.
   */
  outerHeaders(headers: HeadersLike): Readonly<Record<string, string>>
  /**
   * Starts the answer; the resolved bytes begin with version and response nonce.
   * @throws {ChannelError} `MALFORMED`, `TOO_LARGE`, `SEALER_MISUSE`.
   */
  head(head: { readonly status: number; readonly headers: HeadersLike }): Promise<Uint8Array>
  /**
   * Seals body bytes, as several frames when over 65,535 bytes and as none when empty.
   * @throws {ChannelError} `SEALER_MISUSE` before the head or after the end.
   */
  chunk(bytes: Uint8Array): Promise<Uint8Array>
  /**
   * Seals the authenticated end.
   * @throws {ChannelError} `SEALER_MISUSE` before the head or after the end.
   */
  end(): Promise<Uint8Array>
}

export function createResponseSealer(options: {
  readonly exportedSecret: Uint8Array
  readonly encapsulatedKey: Uint8Array
  readonly randomBytes: RandomBytes
  readonly padToBytes: number
  readonly paymentHeaders: PaymentHeaders
}): ResponseSealer {
  const { padToBytes, paymentHeaders } = options
  const outside = (headers: HeadersLike): readonly HeaderField[] =>
    paymentHeaders === 'outside' ? paymentFieldsIn(headers, PAYMENT_RESPONSE_HEADERS) : []
  let state: 'new' | 'open' | 'ended' = 'new'
  let responseKey: Promise<ResponseKey> | undefined
  let nextIndex = 0

  const openKey = (): Promise<ResponseKey> => {
    if (responseKey === undefined || state !== 'open') {
      throw new ChannelError('SEALER_MISUSE', `an answer that is ${state} takes no more frames`)
    }
    return responseKey
  }
  const seal = async (frame: Parameters<typeof sealFrame>[0], key: Promise<ResponseKey>): Promise<Bytes> =>
    await sealFrame(frame, { responseKey: await key, padToBytes })

  return {
    outerHeaders: (headers) => ({ ...SEALED_RESPONSE_HEADERS, ...Object.fromEntries(outside(headers)) }),
    head: async ({ status, headers }) => {
      if (state !== 'new') throw new ChannelError('SEALER_MISUSE', 'an answer has one head')
      const bound = outside(headers)
      const names = bound.map(([name]) => name)
      const data = encodeResponseHead({ status, headers: fieldsOf(headers).filter(([name]) => !names.includes(name)) })
      const responseNonce = options.randomBytes(RESPONSE_NONCE_BYTES)
      if (responseNonce.length !== RESPONSE_NONCE_BYTES) {
        throw new ChannelError('SEALER_MISUSE', `randomBytes returned ${responseNonce.length} bytes`)
      }
      state = 'open'
      responseKey = deriveResponseKey({ ...options, responseNonce })
      const place = { index: nextIndex++, bound: encodePaymentFields(bound) }
      const frame = await seal({ ...place, type: bound.length > 0 ? 'boundHead' : 'head', data }, responseKey)
      return concatBytes(new Uint8Array([PROTOCOL_VERSION]), responseNonce, frame)
    },
    chunk: async (bytes) => {
      const key = openKey()
      const frames: Promise<Bytes>[] = []
      for (let start = 0; start < bytes.length; start += MAX_FRAME_DATA_BYTES) {
        // A copy (slice of a Node Buffer is a view): the caller may reuse its buffer before the bytes are sealed.
        const data = new Uint8Array(bytes.subarray(start, start + MAX_FRAME_DATA_BYTES))
        frames.push(seal({ type: 'chunk', data, index: nextIndex++ }, key))
      }
      return concatBytes(...(await Promise.all(frames)))
    },
    end: async () => {
      const key = openKey()
      state = 'ended'
      return await seal({ type: 'end', data: new Uint8Array(0), index: nextIndex++ }, key)
    },
  }
}

import type { ByteSource } from './byte-source.js'
import type { Bytes } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { FRAME_HEADER_BYTES, PROTOCOL_VERSION, RESPONSE_PREFIX_BYTES } from './protocol.js'
import { type FrameType, openFrame, parseFrameHeader } from './response-frame.js'
import { parseResponseHead, type ResponseHead } from './response-head.js'
import { deriveResponseKey, type ResponseKey } from './response-key.js'

/** What the client kept of its own request to open the answer with. */
export interface ResponseSecret {
  readonly exportedSecret: Uint8Array
  readonly encapsulatedKey: Uint8Array
}

/** Reads one sealed answer frame by frame. */
export interface ResponseReader {
  readonly head: ResponseHead
  /** Resolves to the next piece of the body, or to `undefined` after the authenticated end. */
  next(): Promise<Bytes | undefined>
}

/**
 * Reads prefix and head of a sealed answer. `bound` are its outer payment headers, encoded: a bound head opens only with
 * those that it was sealed with.
 * @throws {ChannelError} `UNSUPPORTED_VERSION`, `MALFORMED`, `TOO_LARGE`, `TAMPERED`, `TRUNCATED`.
 */
export async function readResponse(
  source: ByteSource,
  { secret, bound }: { readonly secret: ResponseSecret; readonly bound: Uint8Array },
): Promise<ResponseReader> {
  const prefix = await takeAll(source, RESPONSE_PREFIX_BYTES)
  if (prefix[0] !== PROTOCOL_VERSION) throw new ChannelError('UNSUPPORTED_VERSION', `version ${prefix[0]} is not known`)
  const responseKey = await deriveResponseKey({ ...secret, responseNonce: prefix.subarray(1) })
  const first = await readFrame(source, responseKey, { index: 0, bound })
  if (first.type !== 'head' && first.type !== 'boundHead')
    throw new ChannelError('MALFORMED', 'a sealed answer starts with its head')
  const head = parseResponseHead(first.data)

  let index = 1
  return {
    head,
    next: async () => {
      const frame = await readFrame(source, responseKey, { index: index++ })
      if (frame.type === 'head' || frame.type === 'boundHead')
        throw new ChannelError('MALFORMED', 'a sealed answer has one head')
      if (frame.type === 'chunk') {
        if (frame.data.length === 0) throw new ChannelError('MALFORMED', 'a chunk carries bytes')
        return frame.data
      }
      if (frame.data.length !== 0) throw new ChannelError('MALFORMED', 'the end carries no bytes')
      if (!(await source.isDrained())) throw new ChannelError('MALFORMED', 'bytes follow the end of the sealed answer')
      return undefined
    },
  }
}

async function readFrame(
  source: ByteSource,
  responseKey: ResponseKey,
  place: { readonly index: number; readonly bound?: Uint8Array },
): Promise<{ readonly type: FrameType; readonly data: Bytes }> {
  const header = parseFrameHeader(await takeAll(source, FRAME_HEADER_BYTES))
  const ciphertext = await takeAll(source, header.length)
  const bound = header.type === 'boundHead' ? { bound: place.bound ?? new Uint8Array(0) } : {}
  return { type: header.type, data: await openFrame({ header, ciphertext, index: place.index, ...bound }, responseKey) }
}

async function takeAll(source: ByteSource, length: number): Promise<Bytes> {
  const bytes = await source.take(length)
  if (bytes === undefined) throw new ChannelError('TRUNCATED', 'the sealed answer has no authenticated end')
  return bytes
}

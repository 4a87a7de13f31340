import { type Bytes, concatBytes, roundUp, uint32Of } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { FRAME_HEADER_BYTES, MAX_FRAME_COUNT, MAX_FRAME_PLAINTEXT_BYTES, TAG_BYTES } from './protocol.js'
import type { ResponseKey } from './response-key.js'

/**
 * The kinds of frame of an answer: one head, any number of chunks, one end. A bound head is a head that also covers payment
 * headers outside the seal.
 */
const FRAME_TYPES = { head: 1, chunk: 2, end: 3, boundHead: 4 } as const
export type FrameType = keyof typeof FRAME_TYPES

/** A frame's five clear bytes, with which its AAD begins. */
export interface FrameHeader {
  readonly type: FrameType
  /** Bytes of ciphertext that follow, tag included. */
  readonly length: number
}

/** Where a frame stands, and what its seal covers beside its own bytes. */
interface FramePlace {
  readonly index: number
  /** The outer payment headers of a bound head; empty for every other frame. */
  readonly bound?: Uint8Array
}

const PADDING_MARKER = 0x80

/** Encodes one frame: `type ‖ uint32 length ‖ AES-128-GCM(data ‖ 0x80 ‖ zeros)` under the frame's place in the answer. */
export async function sealFrame(
  frame: FramePlace & { readonly type: FrameType; readonly data: Uint8Array },
  options: { readonly responseKey: ResponseKey; readonly padToBytes: number },
): Promise<Bytes> {
  const padded = Math.min(roundUp(frame.data.length + 1, options.padToBytes), MAX_FRAME_PLAINTEXT_BYTES)
  const plaintext = new Uint8Array(padded)
  plaintext.set(frame.data)
  plaintext[frame.data.length] = PADDING_MARKER
  const header = encodeFrameHeader({ type: frame.type, length: padded + TAG_BYTES })
  const ciphertext = await globalThis.crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonceOf(options.responseKey, frame.index), additionalData: aadOf(header, frame) },
    options.responseKey.key,
    plaintext,
  )
  return concatBytes(header, new Uint8Array(ciphertext))
}

/**
 * Opens the ciphertext of the frame at `index`.
 * @throws {ChannelError} `TAMPERED` for changed bytes or another place; `MALFORMED` for wrong padding.
 */
export async function openFrame(
  frame: FramePlace & { readonly header: FrameHeader; readonly ciphertext: Bytes },
  responseKey: ResponseKey,
): Promise<Bytes> {
  let plaintext: Bytes
  try {
    plaintext = new Uint8Array(
      await globalThis.crypto.subtle.decrypt(
        {
          name: 'AES-GCM',
          iv: nonceOf(responseKey, frame.index),
          additionalData: aadOf(encodeFrameHeader(frame.header), frame),
        },
        responseKey.key,
        frame.ciphertext,
      ),
    )
  } catch (cause) {
    const what = frame.header.type === 'boundHead' ? ' with its outer payment headers' : ''
    throw new ChannelError('TAMPERED', `frame ${frame.index} of the sealed answer does not open${what}`, { cause })
  }
  let end = plaintext.length
  while (end > 0 && plaintext[end - 1] === 0) end -= 1
  if (end === 0 || plaintext[end - 1] !== PADDING_MARKER) {
    throw new ChannelError('MALFORMED', `frame ${frame.index} of the sealed answer is not padded`)
  }
  return plaintext.subarray(0, end - 1)
}

function aadOf(header: Bytes, { bound }: FramePlace): Bytes {
  return bound === undefined ? header : concatBytes(header, bound)
}

function encodeFrameHeader(header: FrameHeader): Bytes {
  return concatBytes(new Uint8Array([FRAME_TYPES[header.type]]), uint32Of(header.length))
}

/**
 * Parses a frame's first five bytes, before anything is allocated for the rest.
 * @throws {ChannelError} `MALFORMED`, `TOO_LARGE`.
 */
export function parseFrameHeader(bytes: Uint8Array): FrameHeader {
  const type = frameTypeOf(bytes[0])
  const length = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES).getUint32(1)
  if (length > MAX_FRAME_PLAINTEXT_BYTES + TAG_BYTES) throw new ChannelError('TOO_LARGE', `a frame of ${length} bytes`)
  if (length <= TAG_BYTES) throw new ChannelError('MALFORMED', `a frame of ${length} bytes`)
  return { type, length }
}

function frameTypeOf(byte: number | undefined): FrameType {
  switch (byte) {
    case FRAME_TYPES.head:
      return 'head'
    case FRAME_TYPES.chunk:
      return 'chunk'
    case FRAME_TYPES.end:
      return 'end'
    case FRAME_TYPES.boundHead:
      return 'boundHead'
    default:
      throw new ChannelError('MALFORMED', `frame type ${byte} is not known`)
  }
}

// RFC 9180 §5.2: base nonce XOR the big-endian sequence number.
function nonceOf(responseKey: ResponseKey, index: number): Bytes {
  if (index > MAX_FRAME_COUNT) throw new ChannelError('TOO_LARGE', 'an answer has at most 2^32 frames')
  const nonce = new Uint8Array(responseKey.baseNonce)
  const view = new DataView(nonce.buffer)
  view.setUint32(8, (view.getUint32(8) ^ index) >>> 0)
  return nonce
}

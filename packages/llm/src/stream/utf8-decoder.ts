import { ChunkError } from './chunk-error.js'

export interface Utf8Decoder {
  push(bytes: Uint8Array): string
  end(): string
  /** True when no sequence is cut. */
  isWhole(): boolean
}

// Without `stream: true` engines take a much faster way; the sequence that a piece was cut in is carried here instead.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes whole sequences. @throws ChunkError */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch (error) {
    throw new ChunkError('text that is not UTF-8', { cause: error })
  }
}

/**
 * Creates a decoder that may be fed in pieces. Invalid bytes throw: silently replaced text would no longer match its hash.
 * A byte order mark at the start is left out.
 */
export function createUtf8Decoder(): Utf8Decoder {
  let carried: Uint8Array | undefined
  let isStart = true

  function decode(bytes: Uint8Array): string {
    const text = decodeUtf8(bytes)
    if (!isStart || text === '') return text
    isStart = false
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  return {
    push(piece) {
      const bytes = carried ? joined(carried, piece) : piece
      const whole = wholeLengthOf(bytes)
      carried = whole === bytes.length ? undefined : bytes.slice(whole)
      return whole === 0 ? '' : decode(whole === bytes.length ? bytes : bytes.subarray(0, whole))
    },
    end() {
      const rest = carried
      carried = undefined
      return rest ? decode(rest) : ''
    },
    isWhole: () => carried === undefined,
  }
}

/** How many bytes there are before a sequence that the end of the piece cuts; at most three bytes are left out. */
function wholeLengthOf(bytes: Uint8Array): number {
  const { length } = bytes
  let start = length - 1
  while (start > 0 && start > length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  const lead = bytes[start] ?? 0
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start + needed > length ? start : length
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

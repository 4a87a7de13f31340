/** Thrown internally for bytes that are not UTF-8; callers turn it into their own error. */
export class InvalidText extends Error {
  override readonly name = 'InvalidText'
}

export interface Utf8Decoder {
  push(bytes: Uint8Array): string
  end(): string
}

// Without `stream: true` engines take a much faster way; the sequence that a piece was cut in is carried here instead.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Creates a decoder that may be fed in pieces. Invalid bytes throw: silently replaced text would no longer match its hash.
 * A byte order mark at the start is left out.
 */
export function createUtf8Decoder(): Utf8Decoder {
  let carried: Uint8Array | undefined
  let isStart = true

  function decode(bytes: Uint8Array): string {
    let text: string
    try {
      text = strict.decode(bytes)
    } catch (error) {
      throw new InvalidText('text that is not UTF-8', { cause: error })
    }
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
  }
}

/** How many bytes there are before a sequence that the end of the piece cuts; at most three bytes are left out. */
function wholeLengthOf(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const byte = bytes[length - back] ?? 0
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? length - back : length
    }
  }
  return length
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

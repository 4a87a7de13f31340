/** Thrown internally for bytes that are not UTF-8; callers turn it into their own error. */
export class InvalidText extends Error {
  override readonly name = 'InvalidText'
}

export interface Utf8Decoder {
  push(bytes: Uint8Array): string
  end(): string
}

/** Creates a decoder that may be fed in pieces. Invalid bytes throw: silently replaced text would no longer match its hash. */
export function createUtf8Decoder(): Utf8Decoder {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes: Uint8Array | undefined): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch (error) {
      throw new InvalidText('text that is not UTF-8', { cause: error })
    }
  }
  return { push: decode, end: () => decode(undefined) }
}

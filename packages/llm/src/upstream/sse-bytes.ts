/** Bytes that are written piece by piece and taken away whole. What was taken is never written to again. */
export interface SseBytes {
  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void
  /** Writes text in UTF-8. */
  text(text: string): void
  /** Writes a JSON string with its quotes, the same as `JSON.stringify`. */
  json(text: string): void
  /** What was written since the last time. */
  take(): Uint8Array
}

/** The first allocation serves a short answer, a later one a few hundred tokens: thousands of slow streams wait in memory at once. */
const firstSlabBytes = 2 * 1024
const slabBytes = 32 * 1024
const utf8 = new TextEncoder()
const hex = '0123456789abcdef'

/** Escapes of JSON with a letter of their own, by character; 0 for the others. */
const letters = new Uint8Array(128)
for (const [character, letter] of [
  ['"', '"'],
  ['\\', '\\'],
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
] as const) {
  letters[character.charCodeAt(0)] = letter.charCodeAt(0)
}

/** Creates a writer over a slab of memory. */
export function createSseBytes(): SseBytes {
  let slab = new Uint8Array(firstSlabBytes)
  let start = 0
  let end = 0

  function reserve(length: number): void {
    if (end + length <= slab.length) return
    const pending = slab.subarray(start, end)
    slab = new Uint8Array(Math.max(Math.min(4 * slab.length, slabBytes), 2 * (pending.length + length)))
    slab.set(pending)
    start = 0
    end = pending.length
  }

  function writeEscape(code: number): void {
    const letter = code < 128 ? (letters[code] ?? 0) : 0
    slab[end] = 0x5c
    if (letter !== 0) {
      slab[end + 1] = letter
      end += 2
      return
    }
    slab[end + 1] = 0x75
    for (let digit = 0; digit < 4; digit += 1) {
      slab[end + 2 + digit] = hex.charCodeAt((code >> (12 - 4 * digit)) & 15)
    }
    end += 6
  }

  return {
    raw(bytes) {
      reserve(bytes.length)
      slab.set(bytes, end)
      end += bytes.length
    },
    text(text) {
      reserve(text.length * 3)
      end += utf8.encodeInto(text, slab.subarray(end)).written
    },
    json(text) {
      // No unit of UTF-16 needs more than an escape of six bytes.
      reserve(text.length * 6 + 2)
      slab[end] = 0x22
      end += 1
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index)
        if (code < 0x80) {
          if (code < 0x20 || code === 0x22 || code === 0x5c) writeEscape(code)
          else {
            slab[end] = code
            end += 1
          }
        } else if (code < 0x800) {
          slab[end] = 0xc0 | (code >> 6)
          slab[end + 1] = 0x80 | (code & 63)
          end += 2
        } else if (code < 0xd800 || code > 0xdfff) {
          slab[end] = 0xe0 | (code >> 12)
          slab[end + 1] = 0x80 | ((code >> 6) & 63)
          slab[end + 2] = 0x80 | (code & 63)
          end += 3
        } else {
          const low = code < 0xdc00 && index + 1 < text.length ? text.charCodeAt(index + 1) : 0
          // Half a pair is no character: JSON escapes it.
          if (low < 0xdc00 || low > 0xdfff) writeEscape(code)
          else {
            const point = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff)
            slab[end] = 0xf0 | (point >> 18)
            slab[end + 1] = 0x80 | ((point >> 12) & 63)
            slab[end + 2] = 0x80 | ((point >> 6) & 63)
            slab[end + 3] = 0x80 | (point & 63)
            end += 4
            index += 1
          }
        }
      }
      slab[end] = 0x22
      end += 1
    },
    take() {
      const bytes = slab.subarray(start, end)
      start = end
      return bytes
    },
  }
}

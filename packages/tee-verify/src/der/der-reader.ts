import { QuoteError } from '../quote-error.js'

/** ASN.1 tags of the certificates and revocation lists that are read here. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context3: 0xa3,
  contextPrimitive0: 0x80,
} as const

/** One DER element. The views of its bytes are made when they are asked for: most elements are only walked through. */
export class DerElement {
  readonly tag: number
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #contentStart: number
  readonly #end: number

  constructor(
    bytes: Uint8Array,
    place: { readonly start: number; readonly contentStart: number; readonly end: number },
  ) {
    this.tag = bytes[place.start] ?? 0
    this.#bytes = bytes
    this.#start = place.start
    this.#contentStart = place.contentStart
    this.#end = place.end
  }

  get content(): Uint8Array {
    return this.#bytes.subarray(this.#contentStart, this.#end)
  }

  /** Tag, length and content. */
  get raw(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  get end(): number {
    return this.#end
  }
}

/** A cursor over the elements inside a constructed element. */
export interface DerSequence {
  isAtEnd(): boolean
  /** The next element, which must have this tag (any tag when left out). */
  next(tag?: number): DerElement
  /** The next element if it has this tag. */
  optional(tag: number): DerElement | undefined
  /** Refuses whatever is left. */
  end(): void
}

/**
 * Reads exactly one DER element from the whole of `bytes` (X.690 §10: definite lengths in their shortest form).
 * @throws QuoteError `BAD_DER`
 */
export function parseDer(bytes: Uint8Array, tag?: number): DerElement {
  const element = readElement(bytes, 0)
  if (element.end !== bytes.length) throw new QuoteError('BAD_DER', 'bytes follow the DER element')
  expectTag(element, tag)
  return element
}

/** Opens a constructed element, of tag SEQUENCE unless another is named. */
export function openDer(element: DerElement, tag: number = derTag.sequence): DerSequence {
  expectTag(element, tag)
  const bytes = element.content
  let offset = 0
  function next(expected?: number): DerElement {
    const child = readElement(bytes, offset)
    expectTag(child, expected)
    offset = child.end
    return child
  }
  return {
    isAtEnd: () => offset === bytes.length,
    next,
    optional: (expected) => (offset < bytes.length && bytes[offset] === expected ? next(expected) : undefined),
    end() {
      if (offset !== bytes.length) throw new QuoteError('BAD_DER', 'a DER sequence has unexpected members')
    },
  }
}

function expectTag(element: DerElement, tag: number | undefined): void {
  if (tag !== undefined && element.tag !== tag) {
    throw new QuoteError('BAD_DER', `expected DER tag 0x${tag.toString(16)}, got 0x${element.tag.toString(16)}`)
  }
}

function readElement(bytes: Uint8Array, start: number): DerElement {
  const tag = bytes[start]
  const first = bytes[start + 1]
  if (tag === undefined || first === undefined) throw new QuoteError('BAD_DER', 'a DER element is cut off')
  if ((tag & 0x1f) === 0x1f) throw new QuoteError('BAD_DER', 'multi-byte DER tags are not used here')
  let offset = start + 2
  let length = first
  if (first >= 0x80) {
    const count = first & 0x7f
    // 0x80 is the indefinite form of BER; three bytes already allow 16 MiB, far above every bound here.
    if (count === 0 || count > 3) throw new QuoteError('BAD_DER', 'a DER length is indefinite or too long')
    length = 0
    for (let index = 0; index < count; index += 1) {
      const byte = bytes[offset]
      if (byte === undefined) throw new QuoteError('BAD_DER', 'a DER length is cut off')
      length = length * 256 + byte
      offset += 1
    }
    if (length < 0x80 || length < 256 ** (count - 1)) throw new QuoteError('BAD_DER', 'a DER length is not minimal')
  }
  if (length > bytes.length - offset) throw new QuoteError('BAD_DER', 'a DER element is cut off')
  return new DerElement(bytes, { start, contentStart: offset, end: offset + length })
}

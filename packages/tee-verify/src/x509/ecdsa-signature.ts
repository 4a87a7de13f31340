import { openDer, parseDer } from '../der/der-reader.js'
import { unsignedOf } from '../der/der-values.js'
import { QuoteError } from '../quote-error.js'

/** DER of AlgorithmIdentifier { ecdsa-with-SHA256 } (RFC 5758 §3.2: no parameters). */
export const ecdsaWithSha256: Uint8Array = Uint8Array.of(0x30, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)

/**
 * Reads a DER `ECDSA-Sig-Value` into r ‖ s, of `length` bytes each: 32 for P-256.
 * @throws QuoteError `BAD_DER`
 */
export function parseEcdsaSignature(bytes: Uint8Array, length = 32): Uint8Array {
  const sequence = openDer(parseDer(bytes))
  const signature = new Uint8Array(2 * length)
  for (const end of [length, 2 * length]) {
    const content = unsignedOf(sequence.next())
    const value = content[0] === 0 ? content.subarray(1) : content
    if (value.length > length) throw new QuoteError('BAD_DER', `an ECDSA signature with a number above ${length} bytes`)
    signature.set(value, end - value.length)
  }
  sequence.end()
  return signature
}

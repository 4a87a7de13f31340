import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { QuoteError } from '../quote-error.js'

const begin = '-----BEGIN CERTIFICATE-----\n'
const end = '-----END CERTIFICATE-----'

const maximumPemLength = 32_768
/** Writers fold at 64 (RFC 7468) or 76 (MIME) columns. */
const maximumLineLength = 76

/**
 * Reads a chain of PEM certificates into DER. Only certificate blocks are read, with LF or CRLF line ends, one optional line end and one optional NUL after the last block, and nothing else: no byte of a chain is ignored.
 * @throws QuoteError `BAD_PEM`, `TOO_LARGE`
 */
export function parsePemChain(text: string): readonly Uint8Array[] {
  if (text.length > maximumPemLength) throw new QuoteError('TOO_LARGE', `PEM of ${text.length} characters`)
  let rest = text.endsWith('\0') ? text.slice(0, -1) : text
  if (rest.includes('\r')) {
    rest = rest.replaceAll('\r\n', '\n')
    if (rest.includes('\r')) throw new QuoteError('BAD_PEM', 'a carriage return stands without a line feed')
  }
  const certificates: Uint8Array[] = []
  while (rest !== '') {
    const stop = rest.indexOf(end)
    if (!rest.startsWith(begin) || stop < 0) throw new QuoteError('BAD_PEM', 'expected a PEM certificate block')
    certificates.push(decodeBody(rest.slice(begin.length, stop)))
    rest = rest.slice(stop + end.length)
    if (rest.startsWith('\n')) rest = rest.slice(1)
    else if (rest !== '') throw new QuoteError('BAD_PEM', 'text follows a PEM block on its line')
  }
  if (certificates.length === 0) throw new QuoteError('BAD_PEM', 'no PEM certificate')
  return certificates
}

function decodeBody(body: string): Uint8Array {
  const lines = body.split('\n')
  if (lines.pop() !== '') throw new QuoteError('BAD_PEM', 'the end of a PEM block does not start a line')
  if (lines.some((line) => line === '' || line.length > maximumLineLength)) {
    throw new QuoteError('BAD_PEM', `PEM lines have 1 to ${maximumLineLength} characters`)
  }
  return decodeBase64(lines.join(''))
}

/** Writes DER certificates as a PEM chain in the spelling that `parsePemChain` reads. */
export function encodePemChain(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => `${begin}${encodeBase64(der).replace(/.{1,64}/g, '$&\n')}${end}\n`).join('')
}

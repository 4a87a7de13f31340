import { type Hex, hexOf } from '../bytes/hex.js'
import { type DerElement, derTag, openDer, parseDer } from '../der/der-reader.js'
import { booleanOf, oidOf, smallNumberOf } from '../der/der-values.js'
import { QuoteError } from '../quote-error.js'

/** What Intel states about a platform in its PCK certificate (Intel SGX PCK Certificate Specification §1.3.5). */
export interface SgxExtension {
  readonly ppid: Hex
  readonly ppidBytes: Uint8Array
  /** The 16 component SVNs that are compared with TCB Info. */
  readonly components: readonly number[]
  readonly pceSvn: number
  readonly pceId: Hex
  readonly fmspc: Hex
  /** Present where the Platform CA issued the certificate. */
  readonly platformInstanceId: Hex | null
}

const prefix = '1.2.840.113741.1.13.1.'

/**
 * Reads the SGX extension: the five entries of the Processor CA or the seven of the Platform CA, each once.
 * @throws QuoteError `BAD_DER`, `BAD_SGX_EXTENSION`
 */
export function parseSgxExtension(value: Uint8Array): SgxExtension {
  const entries = new Map<string, DerElement>()
  const sequence = openDer(parseDer(value))
  while (!sequence.isAtEnd()) {
    const entry = openDer(sequence.next())
    const oid = oidOf(entry.next(derTag.oid))
    const content = entry.next()
    entry.end()
    const name = oid.startsWith(prefix) ? oid.slice(prefix.length) : ''
    if (!/^[1-7]$/.test(name) || entries.has(name)) {
      throw new QuoteError('BAD_SGX_EXTENSION', `entry ${oid} is unknown or occurs twice`)
    }
    entries.set(name, content)
  }
  if (entries.size !== 5 && entries.size !== 7) {
    throw new QuoteError('BAD_SGX_EXTENSION', `expected 5 or 7 entries, got ${entries.size}`)
  }
  function required(name: string): DerElement {
    const element = entries.get(name)
    if (element === undefined) throw new QuoteError('BAD_SGX_EXTENSION', `entry ${prefix}${name} is missing`)
    return element
  }
  const type = required('5')
  if (type.tag !== derTag.enumerated) throw new QuoteError('BAD_SGX_EXTENSION', 'the SGX type is not ENUMERATED')
  smallNumberOf(type, 2)
  if (entries.size === 7) checkConfiguration(required('7'))
  return {
    ppid: octetsOf(required('1'), 16),
    ppidBytes: required('1').content,
    ...tcbOf(required('2')),
    pceId: octetsOf(required('3'), 2),
    fmspc: octetsOf(required('4'), 6),
    platformInstanceId: entries.size === 7 ? octetsOf(required('6'), 16) : null,
  }
}

function octetsOf(element: DerElement, length: number): Hex {
  if (element.tag !== derTag.octetString || element.content.length !== length) {
    throw new QuoteError('BAD_SGX_EXTENSION', `expected ${length} octets, got ${element.content.length}`)
  }
  return hexOf(element.content)
}

function tcbOf(element: DerElement): { readonly components: readonly number[]; readonly pceSvn: number } {
  const sequence = openDer(element)
  function next(index: number): DerElement {
    const entry = openDer(sequence.next())
    const oid = oidOf(entry.next(derTag.oid))
    if (oid !== `${prefix}2.${index}`) throw new QuoteError('BAD_SGX_EXTENSION', `unexpected TCB entry ${oid}`)
    const content = entry.next()
    entry.end()
    return content
  }
  const components = Array.from({ length: 16 }, (_, index) => smallNumberOf(next(index + 1), 255))
  const pceSvn = smallNumberOf(next(17), 65_535)
  octetsOf(next(18), 16)
  sequence.end()
  return { components, pceSvn }
}

function checkConfiguration(element: DerElement): void {
  const sequence = openDer(element)
  const seen = new Set<string>()
  while (!sequence.isAtEnd()) {
    const entry = openDer(sequence.next())
    const oid = oidOf(entry.next(derTag.oid))
    // These booleans have no DEFAULT, so an explicit FALSE is proper DER.
    booleanOf(entry.next())
    entry.end()
    if (!oid.startsWith(`${prefix}7.`) || seen.has(oid)) {
      throw new QuoteError('BAD_SGX_EXTENSION', `configuration entry ${oid} is unknown or occurs twice`)
    }
    seen.add(oid)
  }
}

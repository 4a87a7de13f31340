import { concatBytes } from '../bytes/concat-bytes.js'
import { derTag } from '../der/der-reader.js'
import { ecdsaWithSha256 } from '../x509/ecdsa-signature.js'
import {
  encodeBitString,
  encodeBoolean,
  encodeDer,
  encodeExtension,
  encodeInteger,
  encodeName,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTime,
} from './der-writer.js'
import type { SigningKey } from './signing-key.js'

/** What a simulated certificate says. */
export interface SimulatedCertificate {
  readonly commonName: string
  readonly key: SigningKey
  readonly issuer: { readonly commonName: string; readonly key: SigningKey }
  /** For a CA: how many CAs may follow. */
  readonly pathLength?: number
  /** DER of the SGX extension, for a PCK certificate. */
  readonly sgx?: Uint8Array
  /** Who the certificate says issued it; default: the issuer. */
  readonly issuerName?: string
  /** Default: what an authority or an end entity may do. */
  readonly mayCertify?: boolean
  /** Default: whether it has a path length. */
  readonly isCa?: boolean
  /** Unix seconds. */
  readonly notBefore?: bigint
  /** Unix seconds. */
  readonly notAfter?: bigint
  /** Adds a critical extension that nobody knows. */
  readonly hasUnknownExtension?: boolean
}

/** All simulated certificates: 2025-01-01 to 2049-12-31. Fixed, so that every process makes the same root. */
const fixedNotBefore = 1_735_689_600n
const fixedNotAfter = 2_524_607_999n

const keyUsage = { endEntity: 0xc0, authority: 0x06 } as const

/** The serial number of a certificate, from its key. */
export function serialNumberOf(key: SigningKey): Uint8Array {
  return Uint8Array.of(0x10, ...key.keyId.subarray(1))
}

/** Writes and signs a certificate in Intel's profile, DER. */
export function encodeSimulatedCertificate(certificate: SimulatedCertificate): Uint8Array {
  const { commonName, key, issuer, pathLength, sgx, notBefore = fixedNotBefore, notAfter = fixedNotAfter } = certificate
  const { issuerName = issuer.commonName, isCa = pathLength !== undefined, mayCertify = isCa } = certificate
  const algorithm = encodeSequence(encodeOid('1.2.840.10045.2.1'), encodeOid('1.2.840.10045.3.1.7'))
  const usage = mayCertify
    ? encodeBitString(Uint8Array.of(keyUsage.authority), 1)
    : encodeBitString(Uint8Array.of(keyUsage.endEntity), 6)
  const limit = isCa && pathLength !== undefined ? [encodeSmallInteger(pathLength)] : []
  const constraints = isCa ? encodeSequence(encodeBoolean(true), ...limit) : encodeSequence()
  const extensions = [
    encodeExtension('2.5.29.35', encodeSequence(encodeDer(derTag.contextPrimitive0, issuer.key.keyId))),
    encodeExtension('2.5.29.14', encodeOctetString(key.keyId)),
    encodeExtension('2.5.29.15', usage, true),
    encodeExtension('2.5.29.19', constraints, true),
    ...(sgx === undefined ? [] : [encodeExtension('1.2.840.113741.1.13.1', sgx)]),
    ...(certificate.hasUnknownExtension === true ? [encodeExtension('2.5.29.99', encodeSequence(), true)] : []),
  ]
  const signed = encodeSequence(
    encodeDer(derTag.context0, encodeSmallInteger(2)),
    encodeInteger(serialNumberOf(key)),
    ecdsaWithSha256,
    encodeName(issuerName),
    encodeSequence(encodeTime(notBefore), encodeTime(notAfter)),
    encodeName(commonName),
    encodeSequence(algorithm, encodeBitString(concatBytes(Uint8Array.of(4), key.publicKey))),
    encodeDer(derTag.context3, encodeSequence(...extensions)),
  )
  return encodeSequence(signed, ecdsaWithSha256, encodeBitString(issuer.key.signDer(signed)))
}

/** Writes and signs a revocation list, DER. */
export function encodeSimulatedCrl(list: {
  readonly issuer: { readonly commonName: string; readonly key: SigningKey }
  readonly thisUpdate: bigint
  readonly nextUpdate: bigint
  readonly revoked: readonly Uint8Array[]
  /** Default: that of the issuer. */
  readonly signedBy?: SigningKey
  /** A list of changes only, which no verifier may take for the whole. */
  readonly isDelta?: boolean
}): Uint8Array {
  const { issuer, thisUpdate, nextUpdate, revoked, signedBy = issuer.key, isDelta = false } = list
  const reason = encodeSequence(encodeExtension('2.5.29.21', encodeDer(derTag.enumerated, Uint8Array.of(1))))
  const entries = revoked.map((serial) => encodeSequence(encodeInteger(serial), encodeTime(thisUpdate), reason))
  const extensions = [
    encodeExtension('2.5.29.20', encodeSmallInteger(1)),
    encodeExtension('2.5.29.35', encodeSequence(encodeDer(derTag.contextPrimitive0, issuer.key.keyId))),
    ...(isDelta ? [encodeExtension('2.5.29.27', encodeSmallInteger(1), true)] : []),
  ]
  const signed = encodeSequence(
    encodeSmallInteger(1),
    ecdsaWithSha256,
    encodeName(issuer.commonName),
    encodeTime(thisUpdate),
    encodeTime(nextUpdate),
    ...(entries.length > 0 ? [encodeSequence(...entries)] : []),
    encodeDer(derTag.context0, encodeSequence(...extensions)),
  )
  return encodeSequence(signed, ecdsaWithSha256, encodeBitString(signedBy.signDer(signed)))
}

/** Writes the SGX extension: with an instance id as the Platform CA does, without one as the Processor CA. */
export function encodeSgxExtension(platform: {
  readonly ppid: Uint8Array
  readonly components: readonly number[]
  readonly pceSvn: number
  readonly fmspc: Uint8Array
  readonly instanceId: Uint8Array | null
}): Uint8Array {
  const entry = (path: string, value: Uint8Array): Uint8Array =>
    encodeSequence(encodeOid(`1.2.840.113741.1.13.1.${path}`), value)
  const tcb = [
    ...platform.components.map((svn, index) => entry(`2.${index + 1}`, encodeSmallInteger(svn))),
    entry('2.17', encodeSmallInteger(platform.pceSvn)),
    entry('2.18', encodeOctetString(Uint8Array.from(platform.components))),
  ]
  return encodeSequence(
    entry('1', encodeOctetString(platform.ppid)),
    entry('2', encodeSequence(...tcb)),
    entry('3', encodeOctetString(new Uint8Array(2))),
    entry('4', encodeOctetString(platform.fmspc)),
    entry('5', encodeDer(derTag.enumerated, Uint8Array.of(1))),
    ...(platform.instanceId === null
      ? []
      : [
          entry('6', encodeOctetString(platform.instanceId)),
          entry(
            '7',
            encodeSequence(...['7.1', '7.2', '7.3'].map((path) => entry(path, encodeBoolean(path === '7.1')))),
          ),
        ]),
  )
}

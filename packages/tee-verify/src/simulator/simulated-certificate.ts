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
}

/** All simulated certificates: 2025-01-01 to 2049-12-31. Fixed, so that every process makes the same root. */
const notBefore = 1_735_689_600n
const notAfter = 2_524_607_999n

const keyUsage = { endEntity: 0xc0, authority: 0x06 } as const

/** The serial number of a certificate, from its key. */
export function serialNumberOf(key: SigningKey): Uint8Array {
  return Uint8Array.of(0x10, ...key.keyId.subarray(1))
}

/** Writes and signs a certificate in Intel's profile, DER. */
export function encodeSimulatedCertificate(certificate: SimulatedCertificate): Uint8Array {
  const { commonName, key, issuer, pathLength, sgx } = certificate
  const isCa = pathLength !== undefined
  const algorithm = encodeSequence(encodeOid('1.2.840.10045.2.1'), encodeOid('1.2.840.10045.3.1.7'))
  const usage = isCa
    ? encodeBitString(Uint8Array.of(keyUsage.authority), 1)
    : encodeBitString(Uint8Array.of(keyUsage.endEntity), 6)
  const constraints = isCa ? encodeSequence(encodeBoolean(true), encodeSmallInteger(pathLength)) : encodeSequence()
  const extensions = [
    encodeExtension('2.5.29.35', encodeSequence(encodeDer(derTag.contextPrimitive0, issuer.key.keyId))),
    encodeExtension('2.5.29.14', encodeOctetString(key.keyId)),
    encodeExtension('2.5.29.15', usage, true),
    encodeExtension('2.5.29.19', constraints, true),
    ...(sgx === undefined ? [] : [encodeExtension('1.2.840.113741.1.13.1', sgx)]),
  ]
  const signed = encodeSequence(
    encodeDer(derTag.context0, encodeSmallInteger(2)),
    encodeInteger(serialNumberOf(key)),
    ecdsaWithSha256,
    encodeName(issuer.commonName),
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
}): Uint8Array {
  const { issuer, thisUpdate, nextUpdate, revoked } = list
  const reason = encodeSequence(encodeExtension('2.5.29.21', encodeDer(derTag.enumerated, Uint8Array.of(1))))
  const entries = revoked.map((serial) => encodeSequence(encodeInteger(serial), encodeTime(thisUpdate), reason))
  const extensions = [
    encodeExtension('2.5.29.20', encodeSmallInteger(1)),
    encodeExtension('2.5.29.35', encodeSequence(encodeDer(derTag.contextPrimitive0, issuer.key.keyId))),
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
  return encodeSequence(signed, ecdsaWithSha256, encodeBitString(issuer.key.signDer(signed)))
}

/** Writes the SGX extension of a platform of the Platform CA. */
export function encodeSgxExtension(platform: {
  readonly ppid: Uint8Array
  readonly components: readonly number[]
  readonly pceSvn: number
  readonly fmspc: Uint8Array
  readonly instanceId: Uint8Array
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
    entry('6', encodeOctetString(platform.instanceId)),
    entry('7', encodeSequence(...['7.1', '7.2', '7.3'].map((path) => entry(path, encodeBoolean(path === '7.1'))))),
  )
}

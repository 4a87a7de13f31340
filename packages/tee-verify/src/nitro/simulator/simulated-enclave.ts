import { p384 } from '@noble/curves/nist.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../../bytes/concat-bytes.js'
import { bytesOfHex, type Hex } from '../../bytes/hex.js'
import { derTag } from '../../der/der-reader.js'
import {
  encodeBitString,
  encodeBoolean,
  encodeDer,
  encodeExtension,
  encodeInteger,
  encodeName,
  encodeOctetString,
  encodeSequence,
  encodeSmallInteger,
  encodeTime,
} from '../../simulator/der-writer.js'
import { encodeCborArray, encodeCborBytes, encodeCborHead, encodeCborMap, encodeCborText } from '../cbor-writer.js'
import type { PcrTuple } from '../check-enclave-policy.js'
import { encodeCoseSign1, signedBytesOf } from '../cose-sign1.js'
import { type NitroTrustRoot, simulatedNitroRoot } from '../nitro-root.js'
import { ecdsaWithSha384, p384Algorithm } from '../p384-certificate.js'

/** The published seed of the default simulated enclave host. All of its keys follow from it: it guards nothing. */
export const NITRO_SIMULATOR_SEED: Uint8Array = new TextEncoder().encode('OpenGradient simulated Nitro host, seed 1')

/** Parts of a simulated chain that a test may make wrong. */
export type SimulatedEnclaveFault =
  | 'leaf-is-ca'
  | 'issuer-is-no-ca'
  | 'issuer-may-not-sign'
  | 'path-too-long'
  | 'foreign-issuer-name'
  | 'foreign-issuer-key'
  | 'other-module'

/** What a simulated host is made of. */
export interface SimulatedEnclaveOptions {
  /** Another seed makes another host with another root. Default: `NITRO_SIMULATOR_SEED`. */
  readonly seed?: Uint8Array
  /** Unix seconds: certificates are issued for the time around it. */
  readonly now: bigint
  /** Default: none. */
  readonly fault?: SimulatedEnclaveFault
}

/** What a simulated enclave states. */
export interface SimulatedDocumentOptions {
  /** Default: made-up registers 0, 1, 2 and 8; the others are zero. */
  readonly pcrs?: PcrTuple
  /** Registers 0 to 2 are zero, as under debug. */
  readonly debug?: boolean
  readonly publicKey?: Uint8Array
  readonly userData?: Uint8Array
  readonly nonce?: Uint8Array
  /** Unix milliseconds; default: the host's `now`. */
  readonly timestampMs?: bigint
}

/** A made-up Nitro host: its documents pass the same verifier as AWS's, under a root of its own. */
export interface SimulatedEnclave {
  /** DER. */
  readonly rootCertificate: Uint8Array
  /** Labelled `simulated`. */
  readonly trustRoot: NitroTrustRoot
  readonly measurements: Required<PcrTuple>
  /** An attestation document, as bytes. */
  document(options?: SimulatedDocumentOptions): Uint8Array
}

interface Key {
  readonly publicKey: Uint8Array
  readonly keyId: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

interface Party {
  readonly commonName: string
  readonly key: Key
}

interface CertificateOptions {
  readonly subject: Party
  readonly issuer: Party
  readonly from: bigint
  readonly to: bigint
  /** Null for an end entity, undefined for a CA without limit. */
  readonly pathLength: number | null | undefined
  readonly mayCertify: boolean
}

const rootFrom = 1_735_689_600n
const rootTo = 2_524_607_999n
const moduleId = 'i-0000000000000000a-enc0000000000000001'

/**
 * Creates a simulated Nitro host: root, regional, zonal and instance CA, and the key of one enclave, all derived from the seed.
 *
 * @example
 * const host = createSimulatedEnclave({ now })
 * verifyAttestationDocument(parseAttestationDocument(host.document({ nonce })), { now, trustRoot: host.trustRoot })
 * // { ok: true, platform: 'simulated', … }
 */
export function createSimulatedEnclave(options: SimulatedEnclaveOptions): SimulatedEnclave {
  const { seed = NITRO_SIMULATOR_SEED, now, fault } = options
  const party = (commonName: string): Party => ({ commonName, key: keyOf(seed, commonName) })
  const root = party('Simulated Nitro root')
  const regional = party('regional.simulated.nitro-enclaves')
  const zonal = party('zonal.simulated.nitro-enclaves')
  const instance = party('instance.simulated.nitro-enclaves')
  const enclave = party(`${fault === 'other-module' ? 'i-0b-enc02' : moduleId}.simulated.aws`)
  // Whole hours, an hour back: processes with slightly different clocks make and accept the same chain.
  const from = (now / 3600n - 1n) * 3600n
  const to = from + 3n * 3600n
  const authority = { from, to, mayCertify: true }
  const rootCertificate = encodeCertificate({
    subject: root,
    issuer: root,
    from: rootFrom,
    to: rootTo,
    pathLength: undefined,
    mayCertify: true,
  })
  const zonalPath = fault === 'path-too-long' ? 0 : 1
  const bundle = [
    rootCertificate,
    encodeCertificate({ ...authority, subject: regional, issuer: root, pathLength: 2 }),
    encodeCertificate({ ...authority, subject: zonal, issuer: regional, pathLength: zonalPath }),
    encodeCertificate({
      ...authority,
      subject: instance,
      issuer: fault === 'foreign-issuer-key' ? { ...zonal, key: { ...zonal.key, sign: regional.key.sign } } : zonal,
      pathLength: fault === 'issuer-is-no-ca' ? null : 0,
      mayCertify: fault !== 'issuer-may-not-sign',
    }),
  ]
  const certificate = encodeCertificate({
    subject: enclave,
    issuer: fault === 'foreign-issuer-name' ? { ...instance, commonName: 'another instance' } : instance,
    from,
    to,
    pathLength: fault === 'leaf-is-ca' ? 0 : null,
    mayCertify: fault === 'leaf-is-ca',
  })
  const measurements = { pcr0: pcrOf('0'), pcr1: pcrOf('1'), pcr2: pcrOf('2'), pcr8: pcrOf('8') }

  return {
    rootCertificate,
    trustRoot: simulatedNitroRoot(rootCertificate),
    measurements,
    document(content = {}) {
      const { pcrs = measurements, debug = false, timestampMs = now * 1000n } = content
      const zero = new Uint8Array(48)
      const registers = Array.from({ length: 16 }, (_, index): Uint8Array => {
        const value = [pcrs.pcr0, pcrs.pcr1, pcrs.pcr2][index] ?? (index === 8 ? pcrs.pcr8 : undefined)
        return value === undefined || (debug && index < 3) ? zero : bytesOfHex(value)
      })
      const optional = (bytes: Uint8Array | undefined): Uint8Array =>
        bytes === undefined ? Uint8Array.of(0xf6) : encodeCborBytes(bytes)
      const members: readonly (readonly [string, Uint8Array])[] = [
        ['module_id', encodeCborText(moduleId)],
        ['digest', encodeCborText('SHA384')],
        ['timestamp', encodeCborHead(0, timestampMs)],
        ['pcrs', encodeCborMap(registers.map((value, index) => [encodeCborHead(0, index), encodeCborBytes(value)]))],
        ['certificate', encodeCborBytes(certificate)],
        ['cabundle', encodeCborArray(bundle.map(encodeCborBytes))],
        ['public_key', optional(content.publicKey)],
        ['user_data', optional(content.userData)],
        ['nonce', optional(content.nonce)],
      ]
      const payload = encodeCborMap(members.map(([name, value]) => [encodeCborText(name), value]))
      return encodeCoseSign1({ payload, signature: enclave.key.sign(signedBytesOf(payload)) })
    },
  }
}

function keyOf(seed: Uint8Array, label: string): Key {
  const material = concatBytes(seed, Uint8Array.of(0), new TextEncoder().encode(label))
  const secretKey = p384.utils.randomSecretKey(concatBytes(sha512(material), sha256(material)).slice(0, 72))
  const publicKey = p384.getPublicKey(secretKey, false).slice(1)
  return {
    publicKey,
    keyId: sha256(publicKey).slice(0, 20),
    sign: (message) => p384.sign(message, secretKey, { prehash: true, lowS: false }),
  }
}

function pcrOf(label: string): Hex {
  const bytes = sha512(new TextEncoder().encode(`OpenGradient simulated PCR ${label}`)).slice(0, 48)
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function encodeCertificate(certificate: CertificateOptions): Uint8Array {
  const { subject, issuer, from, to, pathLength, mayCertify } = certificate
  const isCa = pathLength !== null
  const usage = isCa && mayCertify ? encodeBitString(Uint8Array.of(0x06), 1) : encodeBitString(Uint8Array.of(0x80), 7)
  const limit = typeof pathLength === 'number' ? [encodeSmallInteger(pathLength)] : []
  const extensions = [
    encodeExtension('2.5.29.35', encodeSequence(encodeDer(derTag.contextPrimitive0, issuer.key.keyId))),
    encodeExtension('2.5.29.14', encodeOctetString(subject.key.keyId)),
    encodeExtension('2.5.29.15', usage, true),
    encodeExtension('2.5.29.19', isCa ? encodeSequence(encodeBoolean(true), ...limit) : encodeSequence(), true),
  ]
  const point = encodeBitString(concatBytes(Uint8Array.of(4), subject.key.publicKey))
  const signed = encodeSequence(
    encodeDer(derTag.context0, encodeSmallInteger(2)),
    encodeInteger(Uint8Array.of(0x10, ...subject.key.keyId.subarray(1))),
    ecdsaWithSha384,
    encodeName(issuer.commonName),
    encodeSequence(encodeTime(from), encodeTime(to)),
    encodeName(subject.commonName),
    encodeSequence(p384Algorithm, point),
    encodeDer(derTag.context3, encodeSequence(...extensions)),
  )
  const signature = issuer.key.sign(signed)
  const encoded = encodeSequence(encodeInteger(signature.subarray(0, 48)), encodeInteger(signature.subarray(48)))
  return encodeSequence(signed, ecdsaWithSha384, encodeBitString(encoded))
}

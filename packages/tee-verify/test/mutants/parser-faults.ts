import { concatBytes } from '../../src/bytes/concat-bytes.js'
import { parseQeIdentity } from '../../src/collateral/qe-identity.js'
import { parseTcbInfo } from '../../src/collateral/tcb-info.js'
import { derTag, parseDer } from '../../src/der/der-reader.js'
import { parseStrictJson } from '../../src/json/strict-json.js'
import { parseCollateral, parseEnclaveQuote, parseQuote, verifyQuote } from '../../src/node.js'
import {
  encodeBitString,
  encodeBoolean,
  encodeDer,
  encodeExtension,
  encodeName,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTime,
} from '../../src/simulator/der-writer.js'
import { createSimulatedPlatform } from '../../src/simulator/simulated-platform.js'
import { parseCertificate } from '../../src/x509/certificate.js'
import { parseCrl } from '../../src/x509/crl.js'
import { ecdsaWithSha256 } from '../../src/x509/ecdsa-signature.js'
import { authorityKeyIdOf, parseExtensions } from '../../src/x509/extensions.js'
import { parseSgxExtension } from '../../src/x509/sgx-extension.js'
import { createFaults } from './faults.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const bytes = platform.quote({ reportData: new Uint8Array(64) })
const newer = platform.quote({ reportData: new Uint8Array(64), version: 5 })
const quote = parseQuote(bytes)
const json = platform.collateral()
const certificate = quote.evidence.pckChain[0]?.der ?? new Uint8Array()

type Expect = ReturnType<typeof createFaults>['expect']

/** Wrong outcomes of the readers. */
export function parserFaults(): readonly string[] {
  const { expect, found } = createFaults()
  quoteFaults(expect)
  certificateFaults(expect)
  listFaults(expect)
  extensionFaults(expect)
  documentFaults(expect)
  return found
}

/** Bytes with others in their place, from `at`. */
function patched(original: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = original.slice()
  copy.set(values, at)
  return copy
}

function indexIn(haystack: Uint8Array, hex: string, from = 0): number {
  const needle = Buffer.from(hex, 'hex')
  const at = Buffer.from(haystack).indexOf(needle, from)
  if (at < 0) throw new Error(`no ${hex}`)
  return at
}

function quoteFaults(expect: Expect): void {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['version 6', patched(bytes, 0, 6), 'UNSUPPORTED_VERSION'],
    ['key type 3', patched(bytes, 2, 3), 'UNSUPPORTED_KEY_TYPE'],
    ['TEE 2', patched(bytes, 4, 2), 'UNSUPPORTED_TEE'],
    ['version 3 of TDX', patched(bytes, 0, 3), 'UNSUPPORTED_TEE'],
    ['vendor', patched(bytes, 12, 0), 'UNKNOWN_QE_VENDOR'],
    ['body size', patched(newer, 50, 0x87), 'BAD_BODY'],
    ['SGX body in a TDX quote', patched(newer, 48, 1, 0, 0x80, 0x01, 0, 0), 'BAD_BODY'],
    ['a byte after it', concatBytes(bytes, Uint8Array.of(1)), 'TRAILING_BYTES'],
    ['too long', new Uint8Array(70_000), 'TOO_LARGE'],
    ['outer type', patched(bytes, 632 + 4 + 128, 5), 'UNSUPPORTED_CERTIFICATION_DATA'],
    ['inner type', patched(bytes, 632 + 4 + 134 + 384 + 64 + 2 + 32, 4), 'UNSUPPORTED_CERTIFICATION_DATA'],
    ['inner size', patched(bytes, 632 + 4 + 134 + 384 + 64 + 2 + 32 + 2, 1), 'BAD_AUTH_DATA'],
  ]
  for (const [label, changed, code] of cases) expect(`quote: ${label}`, code, () => parseQuote(changed))
  expect('quote: SGX asked for', 'UNSUPPORTED_TEE', () => parseEnclaveQuote(bytes))
  expect('quote: zeros after it', 'ok', () => (parseQuote(concatBytes(bytes, new Uint8Array(9))) ? 'ok' : ''))
  expect('quote: a change after parsing', true, () => {
    const buffer = bytes.slice()
    const parsed = parseQuote(buffer)
    buffer.fill(0)
    return verifyQuote(parsed, { collateral: parseCollateral(json), now, trustRoot: platform.trustRoot }).ok
  })
}

function certificateFaults(expect: Expect): void {
  const p256 = indexIn(certificate, '2a8648ce3d030107')
  const point = indexIn(certificate, '03420004')
  const algorithm = indexIn(certificate, '2a8648ce3d040302')
  const outer = indexIn(certificate, '2a8648ce3d040302', algorithm + 1)
  const version = indexIn(certificate, 'a003020102')
  // The organisation of the subject becomes a second common name.
  const organisation = indexIn(certificate, '060355040a', indexIn(certificate, '060355040a') + 1)
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['curve', patched(certificate, p256 + 7, 6), 'BAD_CERTIFICATE'],
    ['point form', patched(certificate, point + 3, 5), 'BAD_CERTIFICATE'],
    ['algorithm', patched(certificate, algorithm + 7, 3), 'BAD_CERTIFICATE'],
    ['outer algorithm', patched(certificate, outer + 7, 3), 'BAD_CERTIFICATE'],
    ['version', patched(certificate, version + 4, 1), 'BAD_CERTIFICATE'],
    ['two common names', patched(certificate, organisation + 4, 3), 'BAD_CERTIFICATE'],
    ['a byte after it', concatBytes(certificate, Uint8Array.of(0)), 'BAD_DER'],
  ]
  for (const [label, der, code] of cases) expect(`certificate: ${label}`, code, () => parseCertificate(der))
}

function crlOf(parts: {
  readonly version?: number
  readonly nextUpdate?: boolean
  readonly extension?: Uint8Array
  readonly entryExtension?: Uint8Array
}): Uint8Array {
  const { version = 1, nextUpdate = true, extension, entryExtension } = parts
  const serial = encodeDer(derTag.integer, Uint8Array.of(0x12, 0x34))
  const reason = encodeExtension('2.5.29.21', encodeDer(derTag.enumerated, Uint8Array.of(1)))
  const entry = encodeSequence(serial, encodeTime(now), encodeSequence(entryExtension ?? reason))
  const extensions = [
    encodeExtension('2.5.29.20', encodeSmallInteger(1)),
    encodeExtension('2.5.29.35', encodeSequence(encodeDer(derTag.contextPrimitive0, new Uint8Array(20)))),
    ...(extension === undefined ? [] : [extension]),
  ]
  const signed = encodeSequence(
    encodeSmallInteger(version),
    ecdsaWithSha256,
    encodeName('issuer'),
    encodeTime(now),
    ...(nextUpdate ? [encodeTime(now + 1n)] : []),
    encodeSequence(entry),
    encodeDer(derTag.context0, encodeSequence(...extensions)),
  )
  const signature = encodeSequence(encodeSmallInteger(1), encodeSmallInteger(1))
  return encodeSequence(signed, ecdsaWithSha256, encodeBitString(signature))
}

function listFaults(expect: Expect): void {
  expect('list: its serial number', '0x1234', () => [...parseCrl(crlOf({})).revokedSerialNumbers].join())
  const harmless = encodeOctetString(new Uint8Array())
  const cases: readonly (readonly [string, Parameters<typeof crlOf>[0], string])[] = [
    ['version 1', { version: 0 }, 'BAD_CRL'],
    ['no nextUpdate', { nextUpdate: false }, 'BAD_CRL'],
    ['delta', { extension: encodeExtension('2.5.29.27', harmless) }, 'BAD_CRL'],
    ['indirect', { extension: encodeExtension('2.5.29.28', harmless) }, 'BAD_CRL'],
    ['entry of another issuer', { entryExtension: encodeExtension('2.5.29.29', harmless) }, 'BAD_CRL'],
    ['unknown critical extension', { extension: encodeExtension('2.5.29.99', harmless, true) }, 'BAD_CRL'],
  ]
  for (const [label, parts, code] of cases) expect(`list: ${label}`, code, () => parseCrl(crlOf(parts)))
}

function sgxEntry(path: string, value: Uint8Array): Uint8Array {
  return encodeSequence(encodeOid(`1.2.840.113741.1.13.1.${path}`), value)
}

function extensionFaults(expect: Expect): void {
  const extension = encodeExtension('1.2.3', encodeOctetString(new Uint8Array()))
  const options = { known: [], code: 'BAD_CERTIFICATE' } as const
  const parse = (...extensions: readonly Uint8Array[]) =>
    parseExtensions(parseDer(encodeSequence(...extensions)), options)
  expect('extension: once', 1, () => parse(extension).size)
  expect('extension: twice', 'BAD_CERTIFICATE', () => parse(extension, extension).size)
  expect('extension: critical', 'BAD_CERTIFICATE', () => parse(encodeExtension('1.2.3', new Uint8Array(), true)).size)
  const cutKeyId = Uint8Array.of(0x30, 4, 0x80, 5, 1, 2)
  expect('DER: cut', 'BAD_DER', () => authorityKeyIdOf(cutKeyId).length)
  expect('DER: long length', 'BAD_DER', () => parseDer(Uint8Array.of(0x30, 0x81, 0)).tag)
  expect('DER: indefinite length', 'BAD_DER', () => parseDer(Uint8Array.of(0x30, 0x80, 0, 0)).tag)

  const tcb = [
    ...Array.from({ length: 16 }, (_, index) => sgxEntry(`2.${index + 1}`, encodeSmallInteger(3))),
    sgxEntry('2.17', encodeSmallInteger(13)),
    sgxEntry('2.18', encodeOctetString(new Uint8Array(16))),
  ]
  const entries = [
    sgxEntry('1', encodeOctetString(new Uint8Array(16))),
    sgxEntry('2', encodeSequence(...tcb)),
    sgxEntry('3', encodeOctetString(new Uint8Array(2))),
    sgxEntry('4', encodeOctetString(new Uint8Array(6))),
    sgxEntry('5', encodeDer(derTag.enumerated, Uint8Array.of(1))),
    sgxEntry('6', encodeOctetString(new Uint8Array(16))),
    sgxEntry('7', encodeSequence(sgxEntry('7.1', encodeBoolean(true)))),
  ]
  const read = (parts: readonly Uint8Array[]): string => parseSgxExtension(encodeSequence(...parts)).fmspc
  const zero = '0x000000000000'
  const replaced = (at: number, entry: Uint8Array) => entries.map((each, index) => (index === at ? entry : each))
  const component = [sgxEntry('2.1', encodeSmallInteger(256)), ...tcb.slice(1)]
  expect('SGX: seven entries', zero, () => read(entries))
  expect('SGX: five entries', zero, () => read(entries.slice(0, 5)))
  expect('SGX: six entries', 'BAD_SGX_EXTENSION', () => read(entries.slice(0, 6)))
  expect('SGX: an entry twice', 'BAD_SGX_EXTENSION', () => read([...entries, ...entries.slice(0, 1)]))
  expect('SGX: FMSPC of 7', 'BAD_SGX_EXTENSION', () =>
    read(replaced(3, sgxEntry('4', encodeOctetString(new Uint8Array(7))))),
  )
  expect('SGX: component 256', 'BAD_DER', () => read(replaced(1, sgxEntry('2', encodeSequence(...component)))))
  expect('SGX: a member more', 'BAD_DER', () =>
    read(replaced(1, sgxEntry('2', encodeSequence(...tcb, ...tcb.slice(0, 1))))),
  )
}

function documentFaults(expect: Expect): void {
  const tcbInfo = JSON.parse(json.tcb_info)
  const qeIdentity = JSON.parse(json.qe_identity)
  const [level] = tcbInfo.tcbLevels
  const [module] = tcbInfo.tdxModuleIdentities
  const { tdxModule, tdxModuleIdentities, ...withoutModule } = tcbInfo
  const sgx = { ...withoutModule, id: 'SGX' }
  const lower = { ...level, tcb: { ...level.tcb, pcesvn: 1 } }
  const short = { ...level, tcb: { ...level.tcb, sgxtcbcomponents: level.tcb.sgxtcbcomponents.slice(1) } }
  const large = {
    ...level,
    tcb: { ...level.tcb, sgxtcbcomponents: level.tcb.sgxtcbcomponents.map(() => ({ svn: 256 })) },
  }
  const info = (changes: object) => parseTcbInfo(JSON.stringify({ ...tcbInfo, ...changes }))
  const identity = (changes: object) => parseQeIdentity(JSON.stringify({ ...qeIdentity, ...changes }))
  expect('TCB Info', 'TDX', () => info({}).id)
  expect('TCB Info: version 4', 'BAD_TCB_INFO', () => info({ version: 4 }).id)
  expect('TCB Info: version 2 of TDX', 'BAD_TCB_INFO', () => {
    const flat = Object.fromEntries(
      Array.from({ length: 16 }, (_, at) => [`sgxtcbcomp${String(at + 1).padStart(2, '0')}svn`, 1]),
    )
    return info({ version: 2, tcbLevels: [{ ...level, tcb: { ...flat, pcesvn: 1 } }] }).id
  })
  expect('TCB Info: type 1', 'BAD_TCB_INFO', () => info({ tcbType: 1 }).id)
  expect('TCB Info: SGX', 'SGX', () => parseTcbInfo(JSON.stringify(sgx)).id)
  expect('TCB Info: SGX with modules', 'BAD_TCB_INFO', () => parseTcbInfo(JSON.stringify({ ...sgx, tdxModule })).id)
  expect('TCB Info: SGX with identities', 'BAD_TCB_INFO', () =>
    parseTcbInfo(JSON.stringify({ ...sgx, tdxModuleIdentities })),
  )
  expect('TCB Info: no module identity', 'BAD_TCB_INFO', () => info({ tdxModuleIdentities: [] }).id)
  expect('TCB Info: a level twice', 'BAD_TCB_INFO', () => info({ tcbLevels: [level, level] }).id)
  expect('TCB Info: sorted', '13,1', () =>
    info({ tcbLevels: [lower, level] })
      .levels.map(({ pceSvn }) => pceSvn)
      .join(),
  )
  expect('TCB Info: a module twice', 'BAD_TCB_INFO', () => info({ tdxModuleIdentities: [module, module] }).id)
  expect('TCB Info: 15 components', 'BAD_TCB_INFO', () => info({ tcbLevels: [short] }).id)
  expect('TCB Info: component 256', 'BAD_TCB_INFO', () => info({ tcbLevels: [large] }).id)
  const [first] = qeIdentity.tcbLevels
  expect('QE identity: version 1', 'BAD_QE_IDENTITY', () => identity({ version: 1 }).id)
  expect('QE identity: a level twice', 'BAD_QE_IDENTITY', () => identity({ tcbLevels: [first, first] }).id)
  for (const tcbStatus of ['ConfigurationNeeded', 'OutOfDateConfigurationNeeded', 'Revoked']) {
    expect(`QE identity: ${tcbStatus}`, 'TD_QE', () => identity({ tcbLevels: [{ ...first, tcbStatus }] }).id)
  }
  for (const tcbStatus of ['SWHardeningNeeded', 'ConfigurationAndSWHardeningNeeded', 'TDRelaunchAdvised']) {
    expect(`QE identity: ${tcbStatus}`, 'BAD_QE_IDENTITY', () => identity({ tcbLevels: [{ ...first, tcbStatus }] }).id)
  }
  expect('QE identity: sorted', '9,4', () =>
    identity({ tcbLevels: [first, { ...first, tcb: { isvsvn: 9 } }] })
      .levels.map(({ isvSvn }) => isvSvn)
      .join(),
  )
  const twice = json.tcb_info.replace('{', '{"version":3,')
  expect('TCB Info: a member twice', 'BAD_JSON', () => parseTcbInfo(twice).id)
  expect('TCB Info: SVN 2.5', 'BAD_JSON', () => parseTcbInfo(json.tcb_info.replace('"svn":3', '"svn":2.5')).id)
  const size = (text: string) => parseStrictJson(text).value.size
  expect('JSON', 1, () => size(' {"a":1} '))
  expect('JSON: twice', 'BAD_JSON', () => size('{"a":1,"a":2}'))
  expect('JSON: more after it', 'BAD_JSON', () => size('{"a":1}1'))
  expect('JSON: deep', 'TOO_LARGE', () => size(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`))
}

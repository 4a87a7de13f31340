import { bytesOfHex, type Hex } from '../bytes/hex.js'
import { parseStrictJson, type StrictJson, type StrictJsonObject } from '../json/strict-json.js'
import type { PcrTuple } from '../nitro/check-enclave-policy.js'
import type { MeasurementTuple } from '../policy/check-policy.js'
import { QuoteError } from '../quote-error.js'

/** One known-good build, and what machines that run it measure. */
export interface Release {
  readonly name: string
  /** The tuples that TDX quotes of it may have: one for each shape of machine. */
  readonly tdx: readonly MeasurementTuple[]
  /** The tuples that Nitro documents of it may have. */
  readonly nitro: readonly PcrTuple[]
}

/** What a publisher vouches for, as one whole: a later version replaces it. */
export interface ReleaseList {
  /** Names the product, so that the list of one is not taken for that of another. */
  readonly product: string
  /** Grows by at least one with each publication. */
  readonly version: number
  /** Unix seconds, inclusive. */
  readonly notBefore: bigint
  /** Unix seconds, inclusive. */
  readonly notAfter: bigint
  readonly releases: readonly Release[]
}

/** The kinds of keys that sign release lists. */
export type ReleaseKeyAlgorithm = 'ed25519' | 'secp256k1'

/** A release list and its signature, as read: not yet trusted. */
export interface SignedReleaseList {
  readonly list: ReleaseList
  readonly algorithm: ReleaseKeyAlgorithm
  /** 32 bytes (Ed25519) or 33 (secp256k1, compressed). */
  readonly publicKey: Hex
  /** 64 bytes. */
  readonly signature: Hex
}

const format = 'og-releases-1'
const maximumReleases = 256
const maximumTuples = 64
const tdxMembers = ['mrTd', 'rtMr0', 'rtMr1', 'rtMr2'] as const
const nitroMembers = ['pcr0', 'pcr1', 'pcr2'] as const
const keyLengths: Readonly<Record<ReleaseKeyAlgorithm, number>> = { ed25519: 32, secp256k1: 33 }

/**
 * Parses a signed release list. Only the members of the format, each of its exact type: an unknown one could mean something to
 * another reader.
 * @throws QuoteError `BAD_RELEASE_LIST`, `BAD_JSON`, `TOO_LARGE`
 */
export function parseReleaseList(text: string): SignedReleaseList {
  const { value } = parseStrictJson(text)
  const envelope = readerOf(value, ['list', 'algorithm', 'publicKey', 'signature'])
  const algorithm = envelope.text('algorithm', /^(?:ed25519|secp256k1)$/) as ReleaseKeyAlgorithm
  const list = readerOf(value.get('list'), ['format', 'product', 'version', 'notBefore', 'notAfter', 'releases'])
  list.text('format', /^og-releases-1$/)
  const names = new Set<string>()
  const releases = list.items('releases', maximumReleases).map((item): Release => {
    const release = readerOf(item, ['name', 'tdx', 'nitro'])
    const name = release.text('name', /^[\x20-\x7e]{1,128}$/)
    if (names.has(name)) fail(`release ${name} occurs twice`)
    names.add(name)
    const tdx = release.items('tdx', maximumTuples).map(tdxTupleOf)
    const nitro = release.items('nitro', maximumTuples).map(nitroTupleOf)
    if (tdx.length + nitro.length === 0) fail(`release ${name} has no measurements`)
    return { name, tdx, nitro }
  })
  return {
    list: {
      product: list.text('product', /^[\x21-\x7e]{1,128}$/),
      version: list.count('version'),
      notBefore: BigInt(list.text('notBefore', /^(?:0|[1-9]\d{0,14})$/)),
      notAfter: BigInt(list.text('notAfter', /^(?:0|[1-9]\d{0,14})$/)),
      releases,
    },
    algorithm,
    publicKey: envelope.bytes('publicKey', keyLengths[algorithm]),
    signature: envelope.bytes('signature', 64),
  }
}

/**
 * Writes a signed release list in the form that `parseReleaseList` reads.
 */
export function encodeReleaseList(signed: SignedReleaseList): string {
  const { list, algorithm, publicKey, signature } = signed
  return `{"algorithm":"${algorithm}","list":${canonicalReleaseList(list)},"publicKey":"${publicKey}","signature":"${signature}"}`
}

/**
 * The canonical JSON (RFC 8785) of a list, which is what its signature covers.
 * @throws QuoteError `BAD_RELEASE_LIST` for values that JSON of the format cannot hold
 */
export function canonicalReleaseList(list: ReleaseList): string {
  const { product, version, notBefore, notAfter, releases } = list
  if (!Number.isSafeInteger(version) || version < 1) fail('version: expected a positive integer')
  // Member names are ASCII, and written here in their sorted order; JSON.stringify writes strings as RFC 8785 demands.
  return JSON.stringify({
    format,
    notAfter: String(notAfter),
    notBefore: String(notBefore),
    product,
    releases: releases.map(({ name, nitro, tdx }) => ({
      name,
      nitro: nitro.map(({ pcr0, pcr1, pcr2, pcr8 }) => lowerCased({ pcr0, pcr1, pcr2, pcr8 })),
      tdx: tdx.map(({ mrTd, rtMr0, rtMr1, rtMr2, rtMr3 }) => lowerCased({ mrTd, rtMr0, rtMr1, rtMr2, rtMr3 })),
    })),
    version,
  })
}

function lowerCased(tuple: Readonly<Record<string, Hex | undefined>>): Readonly<Record<string, string>> {
  const given = Object.entries(tuple).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return Object.fromEntries(given.map(([name, value]) => [name, value?.toLowerCase()]))
}

function tdxTupleOf(json: StrictJson): MeasurementTuple {
  const tuple = readerOf(json, [...tdxMembers, 'rtMr3'])
  const [mrTd, rtMr0, rtMr1, rtMr2] = tdxMembers.map((name) => tuple.bytes(name, 48))
  if (mrTd === undefined || rtMr0 === undefined || rtMr1 === undefined || rtMr2 === undefined) fail('a tuple is short')
  return { mrTd, rtMr0, rtMr1, rtMr2, ...(tuple.has('rtMr3') && { rtMr3: tuple.bytes('rtMr3', 48) }) }
}

function nitroTupleOf(json: StrictJson): PcrTuple {
  const tuple = readerOf(json, [...nitroMembers, 'pcr8'])
  const [pcr0, pcr1, pcr2] = nitroMembers.map((name) => tuple.bytes(name, 48))
  if (pcr0 === undefined || pcr1 === undefined || pcr2 === undefined) fail('a tuple is short')
  return { pcr0, pcr1, pcr2, ...(tuple.has('pcr8') && { pcr8: tuple.bytes('pcr8', 48) }) }
}

interface Reader {
  has(name: string): boolean
  text(name: string, pattern: RegExp): string
  count(name: string): number
  /** Lower-case hexadecimal with prefix, so that a value has one spelling. */
  bytes(name: string, length: number): Hex
  items(name: string, maximum: number): readonly StrictJson[]
}

function readerOf(json: StrictJson | undefined, members: readonly string[]): Reader {
  if (!isObject(json)) fail('expected an object')
  const object: StrictJsonObject = json
  const unknown = [...object.keys()].find((name) => !members.includes(name))
  if (unknown !== undefined) fail(`unknown member ${unknown.slice(0, 40)}`)
  function text(name: string, pattern: RegExp): string {
    const value = object.get(name)
    return typeof value === 'string' && pattern.test(value) ? value : fail(`${name}: missing or malformed`)
  }
  return {
    has: (name) => object.has(name),
    text,
    count(name) {
      const value = object.get(name)
      return typeof value === 'number' && value > 0 ? value : fail(`${name}: expected a positive integer`)
    },
    bytes(name, length) {
      const value = text(name, /^0x[0-9a-f]*$/) as Hex
      return bytesOfHex(value.length % 2 === 0 ? value : '0x').length === length
        ? value
        : fail(`${name}: expected ${length} bytes`)
    },
    items(name, maximum) {
      const value = object.get(name)
      return isList(value) && value.length <= maximum ? value : fail(`${name}: expected at most ${maximum} items`)
    },
  }
}

function isObject(value: StrictJson | undefined): value is StrictJsonObject {
  return value instanceof Map
}

function isList(value: StrictJson | undefined): value is readonly StrictJson[] {
  return Array.isArray(value)
}

function fail(reason: string): never {
  throw new QuoteError('BAD_RELEASE_LIST', reason)
}

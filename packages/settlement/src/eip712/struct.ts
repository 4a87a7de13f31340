import { keccak_256 } from '@noble/hashes/sha3.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../address.js'
import { bytesOf, type Hex } from '../hex.js'
import { isWellFormed } from '../json/well-formed.js'
import { type Keccak, portableKeccak } from '../keccak.js'
import { SettlementError } from '../settlement-error.js'

interface FieldValues {
  readonly bytes32: Hex
  readonly address: Address
  readonly string: string
  readonly uint8: number
  readonly uint32: number
  readonly uint64: bigint
  readonly uint256: bigint
}

type Fields = readonly (readonly [name: string, type: keyof FieldValues])[]
type MessageOf<F extends Fields> = { readonly [E in F[number] as E[0]]: FieldValues[E[1]] }

/** A flat EIP-712 struct type and its encoder. */
export interface Struct<Message> {
  /** The `encodeType` text, e.g. `Node(bytes32 nodeId,string endpoint)`. */
  readonly type: string
  /** Computes `hashStruct(message)`: Keccak-256 of the type hash and the encoded fields. */
  readonly hash: (message: Message, keccak?: Keccak) => Uint8Array
}

/** Makes the encoder of one EIP-712 struct from its name and its fields in order. */
export function defineStruct<const F extends Fields>(name: string, fields: F): Struct<MessageOf<F>> {
  const type = `${name}(${fields.map(([field, fieldType]) => `${fieldType} ${field}`).join(',')})`
  const typeHash = keccak_256(utf8ToBytes(type))
  return {
    type,
    hash: (message, keccak = portableKeccak) => {
      const encoded = new Uint8Array(32 * (fields.length + 1))
      encoded.set(typeHash, 0)
      let offset = 32
      for (const [field, fieldType] of fields) {
        writeField(encoded, { offset, field, type: fieldType, value: Reflect.get(message, field), keccak })
        offset += 32
      }
      return keccak(encoded)
    },
  }
}

interface FieldToWrite {
  readonly offset: number
  readonly field: string
  readonly type: keyof FieldValues
  readonly value: unknown
  readonly keccak: Keccak
}

function writeField(target: Uint8Array, { offset, field, type, value, keccak }: FieldToWrite): void {
  switch (type) {
    case 'bytes32':
      target.set(bytesOf(hexFrom(field, value), 32), offset)
      return
    case 'address':
      target.set(bytesOf(hexFrom(field, value), 20), offset + 12)
      return
    case 'string':
      if (typeof value !== 'string' || !isWellFormed(value)) {
        throw new SettlementError('INVALID_FIELD', `${field} is not a well-formed string`)
      }
      target.set(hashText(value, keccak), offset)
      return
    case 'uint8':
    case 'uint32':
      writeSmall(target, { offset, field, value, max: type === 'uint8' ? 0xff : 0xffff_ffff })
      return
    case 'uint64':
    case 'uint256':
      writeBig(target, { offset, field, value, words: type === 'uint64' ? 1 : 4 })
  }
}

/** Names of models, hosts and schemes come again with every message. */
const maxRemembered = 512
const maxRememberedChars = 128
const hashesOfTexts = new Map<string, Uint8Array>()

function hashText(text: string, keccak: Keccak): Uint8Array {
  if (text.length > maxRememberedChars) return keccak(utf8ToBytes(text))
  const known = hashesOfTexts.get(text)
  if (known !== undefined) return known
  const hash = keccak(utf8ToBytes(text))
  if (hashesOfTexts.size >= maxRemembered) hashesOfTexts.clear()
  hashesOfTexts.set(text, hash)
  return hash
}

function hexFrom(field: string, value: unknown): Hex {
  if (!hasPrefix(value)) throw new SettlementError('INVALID_HEX', `${field} is not 0x-prefixed hexadecimal`)
  return value
}

function hasPrefix(value: unknown): value is Hex {
  return typeof value === 'string' && value.startsWith('0x')
}

function writeSmall(
  target: Uint8Array,
  { offset, field, value, max }: { offset: number; field: string; value: unknown; max: number },
): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new SettlementError('OUT_OF_RANGE', `${field} is not an integer from 0 to ${max}`)
  }
  new DataView(target.buffer, target.byteOffset).setUint32(offset + 28, value)
}

function writeBig(
  target: Uint8Array,
  { offset, field, value, words }: { offset: number; field: string; value: unknown; words: number },
): void {
  if (typeof value !== 'bigint' || value < 0n || value >> BigInt(64 * words) !== 0n) {
    throw new SettlementError('OUT_OF_RANGE', `${field} is not a bigint of ${64 * words} bits`)
  }
  const view = new DataView(target.buffer, target.byteOffset)
  let rest = value
  for (let word = 0; word < words; word += 1) {
    view.setBigUint64(offset + 24 - 8 * word, BigInt.asUintN(64, rest))
    rest >>= 64n
  }
}

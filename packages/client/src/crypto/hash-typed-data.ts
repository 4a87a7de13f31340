import { bytesOf, type Hex, hexOf, keccak256 } from '@og/settlement'

/** Data in the shape of `eth_signTypedData_v4` (EIP-712). Structures and the static and dynamic basic types; no arrays. */
export interface TypedData {
  readonly domain: Readonly<Record<string, unknown>>
  readonly types: Readonly<Record<string, unknown>>
  readonly primaryType: string
  readonly message: Readonly<Record<string, unknown>>
}

interface Field {
  readonly name: string
  readonly type: string
}
type Types = ReadonlyMap<string, readonly Field[]>

const DOMAIN_FIELDS: readonly Field[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
  { name: 'salt', type: 'bytes32' },
]

/** Digest of typed data: `keccak256(0x1901 ‖ domain ‖ message)`. @throws TypeError for what it cannot encode. */
export function hashTypedData(data: TypedData): Hex {
  const domain = DOMAIN_FIELDS.filter(({ name }) => data.domain[name] !== undefined)
  const types = new Map(Object.entries(data.types).map(([name, fields]) => [name, fieldsOf(fields)]))
  types.set('EIP712Domain', domain)
  const parts = [hashStruct('EIP712Domain', data.domain, types), hashStruct(data.primaryType, data.message, types)]
  return keccak256(bytesOf(`0x1901${parts.map((part) => part.slice(2)).join('')}`))
}

function hashStruct(type: string, value: Readonly<Record<string, unknown>>, types: Types): Hex {
  const words = (types.get(type) ?? []).map((field) => encodeField(field, value[field.name], types))
  return keccak256(bytesOf(`${typeHash(type, types)}${words.join('')}`))
}

function typeHash(type: string, types: Types): Hex {
  const used = new Set<string>()
  const collect = (name: string): void => {
    if (used.has(name) || !types.has(name)) return
    used.add(name)
    for (const field of types.get(name) ?? []) collect(field.type)
  }
  collect(type)
  used.delete(type)
  const text = [type, ...[...used].sort()]
    .map((name) => `${name}(${(types.get(name) ?? []).map((field) => `${field.type} ${field.name}`).join(',')})`)
    .join('')
  return keccak256(new TextEncoder().encode(text))
}

/** One value as a word of 64 digits. */
function encodeField({ name, type }: Field, value: unknown, types: Types): string {
  if (types.has(type)) {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${name} is not an object`)
    return hashStruct(type, { ...value }, types).slice(2)
  }
  if (type === 'string' && typeof value === 'string') return keccak256(new TextEncoder().encode(value)).slice(2)
  if (type === 'bytes' && isHex(value)) return keccak256(bytesOf(value)).slice(2)
  if (type === 'bool' && typeof value === 'boolean') return word(value ? 1n : 0n)
  if (type === 'address' && isHex(value)) return hexOf(bytesOf(value, 20)).slice(2).padStart(64, '0')
  const fixed = /^bytes([1-9]|[12][0-9]|3[0-2])$/.exec(type)
  if (fixed !== null && isHex(value))
    return hexOf(bytesOf(value, Number(fixed[1])))
      .slice(2)
      .padEnd(64, '0')
  const uint = /^uint([1-9][0-9]{0,2})$/.exec(type)
  if (uint !== null && (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string')) {
    const number = BigInt(value)
    if (number < 0n || number >> BigInt(uint[1] ?? 0) !== 0n) throw new TypeError(`${name} is not a ${type}`)
    return word(number)
  }
  throw new TypeError(`${name} cannot be encoded as ${type}`)
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}

function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && value.startsWith('0x')
}

function fieldsOf(fields: unknown): readonly Field[] {
  if (!Array.isArray(fields)) throw new TypeError('a type is not a list of fields')
  return fields.map((field: unknown) => {
    const isField = typeof field === 'object' && field !== null && 'name' in field && 'type' in field
    if (!isField || typeof field.name !== 'string' || typeof field.type !== 'string') {
      throw new TypeError('a field has no name or no type')
    }
    return { name: field.name, type: field.type }
  })
}

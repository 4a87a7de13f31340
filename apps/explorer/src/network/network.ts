import { type Address, type Hex, isAddress, isHex } from 'viem'

/** Which enclaves this page believes; the simulator must be named. */
export interface NetworkTrust {
  readonly platform: 'intel' | 'simulated'
  readonly measurements: readonly NetworkMeasurements[] | 'any-measurement'
}

/** Measurements of a known release: 48 bytes each. */
interface NetworkMeasurements {
  /** What the release is called, if it has a name. */
  readonly name: string | undefined
  readonly mrTd: Hex
  readonly rtMr0: Hex
  readonly rtMr1: Hex
  readonly rtMr2: Hex
}

/** Where a network is: everything that the page reads comes from here and from the chain. */
export interface Network {
  readonly name: string
  readonly chainId: number
  /** JSON-RPC of the chain that holds records and payments. */
  readonly rpc: string
  readonly inferenceLog: Address
  readonly nodeRegistry: Address
  readonly token: { readonly address: Address; readonly symbol: string; readonly decimals: number }
  /** First block worth looking at. */
  readonly fromBlock: bigint
  readonly trust: NetworkTrust
  /** Where an indexer of this network answers; the page works without one. */
  readonly indexer: string | undefined
  /** A funded throw-away key, only of a development network. */
  readonly burnerKey: Hex | undefined
}

/** Why a network description cannot be used. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
}

/** Reads `network.json` strictly. @throws NetworkError that says which field is wrong. */
export function parseNetwork(json: unknown): Network {
  const fields = recordOf(json, 'network')
  const token = recordOf(fields['token'], 'token')
  const fromBlock = fields['fromBlock'] ?? 0
  if (!isCount(fromBlock)) throw wrong('fromBlock', 'a block number')
  const burner = fields['burnerKey']
  if (burner !== undefined && !isBytes(burner, 32)) throw wrong('burnerKey', '32 bytes')
  if (!isCount(fields['chainId'])) throw wrong('chainId', 'a number')
  if (!isCount(token['decimals']) || token['decimals'] > 36) throw wrong('token.decimals', 'a small number')
  return {
    name: textOf(fields['name'], 'name'),
    chainId: fields['chainId'],
    rpc: urlOf(fields['rpc'], 'rpc'),
    inferenceLog: addressOf(fields['inferenceLog'], 'inferenceLog'),
    nodeRegistry: addressOf(fields['nodeRegistry'], 'nodeRegistry'),
    token: {
      address: addressOf(token['address'], 'token.address'),
      symbol: textOf(token['symbol'], 'token.symbol'),
      decimals: token['decimals'],
    },
    fromBlock: BigInt(fromBlock),
    trust: trustOf(fields['trust']),
    indexer: fields['indexer'] === undefined ? undefined : urlOf(fields['indexer'], 'indexer'),
    burnerKey: burner,
  }
}

function trustOf(value: unknown): NetworkTrust {
  if (value === undefined) return { platform: 'intel', measurements: 'any-measurement' }
  const { platform, measurements } = recordOf(value, 'trust')
  if (platform !== 'intel' && platform !== 'simulated') throw wrong('trust.platform', "'intel' or 'simulated'")
  if (measurements === 'any-measurement') return { platform, measurements }
  if (!Array.isArray(measurements) || measurements.length === 0 || measurements.length > 100) {
    throw wrong('trust.measurements', "a list or 'any-measurement'")
  }
  return { platform, measurements: measurements.map(measurementsOf) }
}

function measurementsOf(value: unknown, index: number): NetworkMeasurements {
  const { mrTd, rtMr0, rtMr1, rtMr2, name } = recordOf(value, `trust.measurements[${index}]`)
  if (!isBytes(mrTd, 48) || !isBytes(rtMr0, 48) || !isBytes(rtMr1, 48) || !isBytes(rtMr2, 48)) {
    throw wrong(`trust.measurements[${index}]`, '48 bytes each')
  }
  return {
    ...{ mrTd, rtMr0, rtMr1, rtMr2 },
    name: name === undefined ? undefined : textOf(name, `trust.measurements[${index}].name`),
  }
}

function recordOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object')
  return { ...value }
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 64) throw wrong(name, 'a short text')
  return value
}

function urlOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || !URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw wrong(name, 'an http or https address')
  }
  return value.replace(/\/+$/, '')
}

function addressOf(value: unknown, name: string): Address {
  if (typeof value !== 'string' || !isAddress(value, { strict: false })) throw wrong(name, 'an address')
  return value
}

function isBytes(value: unknown, length: number): value is Hex {
  return isHex(value) && value.length === 2 + length * 2
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function wrong(name: string, expected: string): NetworkError {
  return new NetworkError(`${name}: expected ${expected}`)
}

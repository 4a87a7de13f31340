import { readFileSync } from 'node:fs'
import { type Address, isAddress } from 'viem'

/** The part of a network's description that an indexer needs; the explorer's `network.json` has it. */
interface IndexedNetwork {
  readonly chainId: number
  readonly rpc: string
  readonly inferenceLog: Address
  readonly nodeRegistry: Address
  readonly fromBlock: number
}

/** What the environment says. */
export interface Settings {
  readonly network: IndexedNetwork
  /** Folder of the embedded database; undefined leaves the choice to DATABASE_URL and Ponder. */
  readonly folder: string | undefined
  readonly pollingMs: number
  readonly isThrowaway: boolean
}

/** Reads `OG_NETWORK` (a file), `OG_INDEXER_FOLDER`, `OG_INDEXER_POLLING_MS`, `OG_INDEXER_THROWAWAY`. @throws Error that names what is wrong. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const file = environment['OG_NETWORK']
  if (file === undefined) throw new Error('OG_NETWORK must name the file that describes the network (network.json)')
  const pollingMs = Number(environment['OG_INDEXER_POLLING_MS'] ?? 1_000)
  if (!Number.isSafeInteger(pollingMs) || pollingMs < 100) throw new Error('OG_INDEXER_POLLING_MS: at least 100')
  return {
    network: parseIndexedNetwork(JSON.parse(readFileSync(file, 'utf8'))),
    folder: environment['OG_INDEXER_FOLDER'],
    pollingMs,
    isThrowaway: environment['OG_INDEXER_THROWAWAY'] === '1',
  }
}

/** Reads a network's description. @throws Error that says which field is wrong. */
function parseIndexedNetwork(json: unknown): IndexedNetwork {
  if (typeof json !== 'object' || json === null) throw new Error('the network: expected an object')
  const fields: Readonly<Record<string, unknown>> = { ...json }
  const { chainId, rpc, inferenceLog, nodeRegistry, fromBlock = 0 } = fields
  if (!isCount(chainId)) throw new Error('chainId: expected a number')
  if (!isCount(fromBlock)) throw new Error('fromBlock: expected a block number')
  if (typeof rpc !== 'string' || !URL.canParse(rpc)) throw new Error('rpc: expected an address')
  if (!isContract(inferenceLog)) throw new Error('inferenceLog: expected an address')
  if (!isContract(nodeRegistry)) throw new Error('nodeRegistry: expected an address')
  return { chainId, rpc, inferenceLog, nodeRegistry, fromBlock }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isContract(value: unknown): value is Address {
  return typeof value === 'string' && isAddress(value, { strict: false })
}

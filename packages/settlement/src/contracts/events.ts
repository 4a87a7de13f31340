import { hexToBytes, parseEventLogs } from 'viem'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import type { Checkpoint } from '../log/checkpoint.js'
import type { Receipt } from '../receipt/receipt.js'
import type { Terms } from '../receipt/terms.js'
import { inferenceLogAbi } from './generated/inference-log.js'
import { nodeRegistryAbi } from './generated/node-registry.js'
import type { NodeStatement } from './node-statement.js'
import { type Refusal, refusalOf } from './refusal.js'

/** A log as a transaction receipt or `eth_getLogs` gives it; viem's logs fit. */
export interface ChainLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: bigint | null
  readonly transactionHash: Hex | null
  readonly logIndex: number | null
}

/** Where an event stands on the chain; `null` while it is pending. */
export interface EventPosition {
  readonly blockNumber: bigint | null
  readonly transactionHash: Hex | null
  readonly logIndex: number | null
}

/** The hashes of a record of SETTLE. */
export interface SettledEvent extends EventPosition {
  readonly type: 'settled'
  readonly digest: Hex
  readonly paymentHash: Hex
  readonly nodeId: Hex
  readonly requestCommitment: Hex
  readonly responseCommitment: Hex
  readonly termsHash: Hex
}

/** A record of SETTLE_METADATA with its content. */
export interface SettledMetadataEvent extends EventPosition {
  readonly type: 'settled-metadata'
  readonly digest: Hex
  readonly paymentHash: Hex
  readonly nodeId: Hex
  readonly receipt: Receipt
  readonly terms: Terms
  readonly salts: { readonly request: Hex; readonly response: Hex }
  readonly request: Uint8Array
  readonly response: Uint8Array
}

/** What an `InferenceLog` reports. */
export type RecordEvent =
  | SettledEvent
  | SettledMetadataEvent
  | (EventPosition & { readonly type: 'skipped'; readonly digest: Hex; readonly reason: Refusal })
  | (EventPosition & { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint })
  | (EventPosition & {
      readonly type: 'equivocation'
      readonly logId: Hex
      readonly paymentHash: Hex
      readonly firstDigest: Hex
      readonly secondDigest: Hex
    })

/** What a `NodeRegistry` reports. */
export type RegistryEvent =
  | (EventPosition & { readonly type: 'node-registered'; readonly statement: NodeStatement })
  | (EventPosition & { readonly type: 'node-revoked'; readonly nodeId: Hex })
  | (EventPosition & { readonly type: 'key-banned'; readonly receiptKey: Address })

/** The logs and the contract whose events are wanted. */
export interface DecodeEventsOptions {
  /** Logs of any other address are left out: everybody can emit events that look alike. */
  readonly contract: Address
}

/** Picks and decodes the events of one `InferenceLog` out of any logs, in their order. */
export function decodeRecordEvents(logs: readonly ChainLog[], options: DecodeEventsOptions): readonly RecordEvent[] {
  return parseEventLogs({ abi: inferenceLogAbi, logs: logsOf(logs, options.contract) }).flatMap(
    (log): RecordEvent[] => {
      const position = positionOf(log)
      switch (log.eventName) {
        case 'Settled':
          return [{ type: 'settled', ...position, ...log.args }]
        case 'SettledMetadata': {
          const { request, response, ...rest } = log.args
          return [
            {
              type: 'settled-metadata',
              ...position,
              ...rest,
              request: hexToBytes(request),
              response: hexToBytes(response),
            },
          ]
        }
        case 'Skipped':
          return [{ type: 'skipped', ...position, digest: log.args.digest, reason: refusalOf(log.args.reason) }]
        case 'CheckpointPublished':
          return [{ type: 'checkpoint', ...position, checkpoint: log.args }]
        case 'Equivocation':
          return [{ type: 'equivocation', ...position, ...log.args }]
        default:
          return []
      }
    },
  )
}

/** Picks and decodes the events of one `NodeRegistry` out of any logs, in their order. */
export function decodeRegistryEvents(
  logs: readonly ChainLog[],
  options: DecodeEventsOptions,
): readonly RegistryEvent[] {
  return parseEventLogs({ abi: nodeRegistryAbi, logs: logsOf(logs, options.contract) }).flatMap(
    (log): RegistryEvent[] => {
      const position = positionOf(log)
      switch (log.eventName) {
        case 'NodeRegistered':
          return [{ type: 'node-registered', ...position, statement: log.args }]
        case 'NodeRevoked':
          return [{ type: 'node-revoked', ...position, nodeId: log.args.nodeId }]
        case 'KeyBanned':
          return [{ type: 'key-banned', ...position, receiptKey: log.args.receiptKey }]
        default:
          return []
      }
    },
  )
}

function positionOf(log: EventPosition): EventPosition {
  return { blockNumber: log.blockNumber, transactionHash: log.transactionHash, logIndex: log.logIndex }
}

type ParsableLog = Parameters<typeof parseEventLogs>[0]['logs'][number]

function logsOf(logs: readonly ChainLog[], contract: Address): ParsableLog[] {
  return logs
    .filter((log) => log.address.toLowerCase() === contract.toLowerCase())
    .map((log) => ({
      address: log.address,
      data: log.data,
      topics: topicsOf(log.topics),
      blockNumber: log.blockNumber,
      transactionHash: log.transactionHash,
      logIndex: log.logIndex,
      blockHash: null,
      transactionIndex: null,
      removed: false,
    }))
}

function topicsOf(topics: readonly Hex[]): [Hex, ...Hex[]] | [] {
  const [signature, ...rest] = topics
  return signature === undefined ? [] : [signature, ...rest]
}

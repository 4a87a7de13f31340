import { hashTypedData } from 'viem'
import type { Address } from '../address.js'
import { bytesOf, type Hex } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import { hashJson, keccak256 } from '../keccak.js'
import { type KeyManifest, nodeIdOf } from '../manifest/key-manifest.js'
import { modeCodeOf } from '../modes.js'
import { readFields } from '../wire/field-reader.js'

/** What a registrar signs about a node, so that anyone can register it. */
export interface NodeStatement {
  /** `keccak256` of the node's key manifest. */
  readonly nodeId: Hex
  readonly logId: Hex
  readonly receiptKey: Address
  /** 0 VANILLA, 1 TEE. */
  readonly mode: number
  /** `keccak256` of the quote that the registrar checked; zero is refused in TEE mode. */
  readonly quoteHash: Hex
  /** What the registrar saw in the quote; zero is refused in TEE mode. */
  readonly measurementsHash: Hex
  /** Where the node answers; at most 512 bytes. */
  readonly endpoint: string
  readonly notBefore: bigint
  readonly notAfter: bigint
}

/** The chain and the `NodeRegistry` that a {@link NodeStatement} is signed for. */
export interface RegistryDomain {
  readonly chainId: bigint
  readonly verifyingContract: Address
}

/** EIP-712 type of a {@link NodeStatement}, for wallets. */
export const nodeStatementTypes = {
  Node: [
    { name: 'nodeId', type: 'bytes32' },
    { name: 'logId', type: 'bytes32' },
    { name: 'receiptKey', type: 'address' },
    { name: 'mode', type: 'uint8' },
    { name: 'quoteHash', type: 'bytes32' },
    { name: 'measurementsHash', type: 'bytes32' },
    { name: 'endpoint', type: 'string' },
    { name: 'notBefore', type: 'uint64' },
    { name: 'notAfter', type: 'uint64' },
  ],
} as const

/** Computes the EIP-712 digest that the registrar signs (domain "OpenGradient Node Registry", version 1). */
export function hashNodeStatement(statement: NodeStatement, domain: RegistryDomain): Hex {
  return hashTypedData({
    domain: {
      name: 'OpenGradient Node Registry',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: domain.verifyingContract,
    },
    types: nodeStatementTypes,
    primaryType: 'Node',
    message: statement,
  })
}

const ABSENT: Hex = `0x${'00'.repeat(32)}`
const MAX_ENDPOINT_BYTES = 512

/**
 * Writes what a registrar has to sign about a node whose evidence it has checked: the manifest, and of a TEE node the quote and the
 * measurements in it. The measurements are hashed as canonical JSON.
 */
export function nodeStatementOf(
  manifest: KeyManifest,
  enclave: { readonly quote: Hex; readonly measurements: Readonly<Record<string, Hex>> } | null,
): NodeStatement {
  const { logId, receiptKey, endpoint, notBefore, notAfter } = manifest
  return {
    nodeId: nodeIdOf(manifest),
    logId,
    receiptKey,
    mode: modeCodeOf(manifest.mode),
    quoteHash: enclave === null ? ABSENT : keccak256(bytesOf(enclave.quote)),
    measurementsHash: enclave === null ? ABSENT : hashJson({ ...enclave.measurements }),
    endpoint,
    notBefore,
    notAfter,
  }
}

/** Writes a statement as JSON. */
export function encodeNodeStatement(statement: NodeStatement): JsonObject {
  return {
    nodeId: statement.nodeId.toLowerCase(),
    logId: statement.logId.toLowerCase(),
    receiptKey: statement.receiptKey,
    mode: statement.mode,
    quoteHash: statement.quoteHash.toLowerCase(),
    measurementsHash: statement.measurementsHash.toLowerCase(),
    endpoint: statement.endpoint,
    notBefore: statement.notBefore.toString(),
    notAfter: statement.notAfter.toString(),
  }
}

/**
 * Reads a statement from JSON; every field must be there and no other.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`.
 */
export function parseNodeStatement(json: unknown): NodeStatement {
  const fields = readFields(json, 'statement')
  const statement: NodeStatement = {
    nodeId: fields.bytes32('nodeId'),
    logId: fields.bytes32('logId'),
    receiptKey: fields.address('receiptKey'),
    mode: fields.count('mode', 1),
    quoteHash: fields.bytes32('quoteHash'),
    measurementsHash: fields.bytes32('measurementsHash'),
    endpoint: fields.text('endpoint', MAX_ENDPOINT_BYTES),
    notBefore: fields.uint('notBefore', 64),
    notAfter: fields.uint('notAfter', 64),
  }
  fields.end()
  return statement
}

import { hashTypedData } from 'viem'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'

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

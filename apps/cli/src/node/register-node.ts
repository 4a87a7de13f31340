import { ClientError } from '@og/client'
import { type Hex, type JsonObject, signDigest } from '@og/settlement'
import {
  encodeNodeStatement,
  hashNodeStatement,
  type NodeStatement,
  nodeRegistryAbi,
  parseNodeStatement,
  type RegisteredNode,
  type RegistryDomain,
  readNode,
  readNodes,
} from '@og/settlement/contracts'
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  getAddress,
  http,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { UsageError } from '../exit-code.js'
import { NodeFailure } from '../node-url.js'
import { isRecord } from '../read-json-file.js'

/** A statement about a node that its registrar signed: anybody may bring it to the registry. */
export interface SignedStatement {
  readonly chainId: bigint
  readonly registry: Hex
  readonly statement: NodeStatement
  readonly signature: Hex
}

const version = 'og-node-statement-1'

/** Signs a statement as the registrar of a registry. @throws UsageError when the key is not the registrar's */
export async function signStatement(
  statement: NodeStatement,
  options: { readonly rpc: string; readonly registry: Hex; readonly privateKey: Hex },
): Promise<SignedStatement> {
  const { domain } = await registrarOf(options)
  const { registry, privateKey } = options
  const signature = signDigest(hashNodeStatement(statement, domain), privateKey)
  return { chainId: domain.chainId, registry, statement, signature }
}

/** What a key is registrar of: the registry with its chain, and the record contract that it belongs to. */
export interface Registrar {
  readonly domain: RegistryDomain
  readonly registrar: Hex
  readonly inferenceLog: Hex
}

/** Asks a registry for its registrar, who must be the holder of this key. @throws UsageError when it is somebody else */
export async function registrarOf({
  rpc,
  registry,
  privateKey,
}: {
  readonly rpc: string
  readonly registry: Hex
  readonly privateKey: Hex
}): Promise<Registrar> {
  const client = createPublicClient({ transport: http(rpc) })
  const contract = { address: registry, abi: nodeRegistryAbi } as const
  const [chainId, registrar, inferenceLog] = await answered(
    rpc,
    Promise.all([
      client.getChainId(),
      client.readContract({ ...contract, functionName: 'registrar' }),
      client.readContract({ ...contract, functionName: 'inferenceLog' }),
    ]),
  )
  if (privateKeyToAccount(privateKey).address !== getAddress(registrar)) {
    throw new UsageError(
      `the registrar of ${registry} is ${registrar}: pay with its key, or bring what it signed with --statement`,
    )
  }
  return { domain: { chainId: BigInt(chainId), verifyingContract: registry }, registrar, inferenceLog }
}

/** Brings a signed statement to the registry; whoever brings it pays the gas. @throws ClientError `CHAIN_REFUSED` with the contract's word */
export async function submitStatement(
  signed: SignedStatement,
  { rpc, privateKey }: { readonly rpc: string; readonly privateKey: Hex },
): Promise<{ readonly transaction: Hex; readonly blockNumber: bigint }> {
  const client = createPublicClient({ transport: http(rpc), pollingInterval: 250 })
  const chainId = await answered(rpc, client.getChainId())
  if (BigInt(chainId) !== signed.chainId) {
    throw new UsageError(`the statement is for chain ${signed.chainId}, ${rpc} is chain ${chainId}`)
  }
  const account = privateKeyToAccount(privateKey)
  const { statement, signature, registry } = signed
  const call = { account, address: registry, abi: nodeRegistryAbi, functionName: 'register' } as const
  try {
    await client.simulateContract({ ...call, args: [statement, signature] })
    const wallet = createWalletClient({ account, transport: http(rpc) })
    const transaction = await wallet.writeContract({ ...call, args: [statement, signature], chain: null })
    const { status, blockNumber } = await client.waitForTransactionReceipt({ hash: transaction })
    if (status !== 'success') throw new ClientError('CHAIN_REFUSED', 'the registry refused the node')
    return { transaction, blockNumber }
  } catch (error) {
    throw error instanceof ClientError ? error : refusalOf(error)
  }
}

/** When a node was registered, unix seconds; `null` when it was not. */
export async function registeredAtOf(
  nodeId: Hex,
  { rpc, registry }: { readonly rpc: string; readonly registry: Hex },
): Promise<bigint | null> {
  const client = createPublicClient({ transport: http(rpc) })
  const node = await answered(rpc, readNode(client, { contract: registry, nodeId }))
  return node === null ? null : node.registeredAt
}

const nodesPerPage = 100n

/**
 * Endpoints of other nodes that keep a log already. Whoever is registered for a log may publish its heads: a node that names somebody else's
 * could break it for good.
 */
export async function keepersOf(
  { nodeId, logId }: Pick<NodeStatement, 'nodeId' | 'logId'>,
  where: { readonly rpc: string; readonly registry: Hex },
): Promise<readonly string[]> {
  const nodes = await nodesOfLog(logId, where)
  return [...new Set(nodes.filter((node) => node.nodeId !== nodeId).map(({ endpoint }) => endpoint))]
}

/** Every node that was ever registered for a log, the oldest first. @throws NodeFailure when the chain does not tell */
export async function nodesOfLog(
  logId: Hex,
  { rpc, registry }: { readonly rpc: string; readonly registry: Hex },
): Promise<readonly RegisteredNode[]> {
  const client = createPublicClient({ transport: http(rpc) })
  const nodes: RegisteredNode[] = []
  for (let offset = 0n; ; offset += nodesPerPage) {
    const page = await answered(rpc, readNodes(client, { contract: registry, offset, limit: nodesPerPage }))
    nodes.push(...page.filter((node) => node.logId === logId))
    if (BigInt(page.length) < nodesPerPage) return nodes
  }
}

/** Writes a signed statement as JSON, for whoever brings it to the registry. */
export function encodeSignedStatement({ chainId, registry, statement, signature }: SignedStatement): JsonObject {
  return { version, chainId: chainId.toString(), registry, statement: encodeNodeStatement(statement), signature }
}

/** Reads a signed statement. @throws UsageError when the file is none */
export function parseSignedStatement(json: unknown): SignedStatement {
  if (!isRecord(json) || json['version'] !== version) throw new UsageError(`the file is no statement (${version})`)
  const { chainId, registry, signature } = json
  if (typeof chainId !== 'string' || !/^[1-9][0-9]{0,15}$/.test(chainId))
    throw new UsageError('chainId must be a number')
  if (typeof registry !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(registry)) {
    throw new UsageError('registry must be an address')
  }
  if (typeof signature !== 'string' || !/^0x([0-9a-f]{2}){1,4096}$/.test(signature)) {
    throw new UsageError('signature must be bytes')
  }
  return {
    chainId: BigInt(chainId),
    registry: `0x${registry.slice(2)}`,
    statement: statementOf(json['statement']),
    signature: `0x${signature.slice(2)}`,
  }
}

function statementOf(json: unknown): NodeStatement {
  try {
    return parseNodeStatement(json)
  } catch (error) {
    throw new UsageError(`the statement cannot be read: ${error instanceof Error ? error.message : 'no statement'}`)
  }
}

async function answered<T>(rpc: string, work: Promise<T>): Promise<T> {
  return work.catch(() => {
    throw new NodeFailure(`the chain at ${rpc} does not answer as a registry does`)
  })
}

function refusalOf(error: unknown): ClientError {
  const reverted =
    error instanceof BaseError ? error.walk((cause) => cause instanceof ContractFunctionRevertedError) : null
  const name = reverted instanceof ContractFunctionRevertedError ? reverted.data?.errorName : undefined
  const why = name ?? (error instanceof BaseError ? error.shortMessage : 'it cannot be reached')
  return new ClientError('CHAIN_REFUSED', `the registry refuses the node: ${why}`)
}

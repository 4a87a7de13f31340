import { inferenceLogAbi } from '@og/settlement/contracts'
import {
  type Address,
  domainSeparator,
  encodeFunctionData,
  erc20Abi,
  getAddress,
  type Hex,
  isAddressEqual,
  type PublicClient,
  parseAbi,
  size,
  slice,
  zeroAddress,
} from 'viem'
import type { GatewayConfig } from './config.js'
import { GatewayError } from './gateway-error.js'
import { requireSaneClock } from './sane-clock.js'

/** What is asked of a chain before anybody is served. */
type ChainReader = Pick<PublicClient, 'getChainId' | 'getBlock' | 'call'>
type ChainConfig = Pick<GatewayConfig, 'chainId' | 'inferenceLog' | 'nodeRegistry' | 'token' | 'payTo'>

const domainAbi = parseAbi(['function DOMAIN_SEPARATOR() view returns (bytes32)'])

/**
 * Refuses a chain that is not the configured one, a clock that is not its, and addresses under which stands something else: a node with a wrong
 * token would serve for payments that never move.
 * @throws GatewayError `config_invalid` that names the field, and what to do
 */
export async function checkChain(
  client: ChainReader,
  { config, now }: { readonly config: ChainConfig; readonly now: () => bigint },
): Promise<void> {
  const { chainId, token } = config
  const [served, block] = await Promise.all([client.getChainId(), client.getBlock()]).catch((cause: unknown) => {
    throw wrong('rpcUrl', `no JSON-RPC of a chain answers there (${reasonOf(cause)})`, cause)
  })
  if (served !== chainId) throw wrong('chainId', `the RPC serves chain ${served}, the configuration says ${chainId}`)
  requireSaneClock({ now: now(), blockTime: block.timestamp })
  if (isAddressEqual(getAddress(config.payTo), zeroAddress)) {
    throw wrong('payTo', 'money that goes to the zero address is lost: give an address of yours')
  }

  const read = async (to: string, data: Hex): Promise<Hex | undefined> => {
    const answer = await client.call({ to: getAddress(to), data }).catch(() => undefined)
    return answer?.data !== undefined && size(answer.data) === 32 ? answer.data : undefined
  }
  const [registry, decimals, domain] = await Promise.all([
    read(config.inferenceLog, encodeFunctionData({ abi: inferenceLogAbi, functionName: 'nodeRegistry' })),
    read(token.address, encodeFunctionData({ abi: erc20Abi, functionName: 'decimals' })),
    read(token.address, encodeFunctionData({ abi: domainAbi })),
  ])
  if (registry === undefined) {
    throw wrong('inferenceLog', `no InferenceLog stands at ${config.inferenceLog} on chain ${chainId}`)
  }
  const actual: Address = getAddress(slice(registry, 12))
  if (!isAddressEqual(actual, getAddress(config.nodeRegistry))) {
    throw wrong('nodeRegistry', `the registry of that InferenceLog is ${actual}`)
  }
  if (decimals === undefined) throw wrong('token.address', `no token stands at ${token.address} on chain ${chainId}`)
  if (BigInt(decimals) !== BigInt(token.decimals)) {
    throw wrong('token.decimals', `the token has ${BigInt(decimals)}, the configuration says ${token.decimals}`)
  }
  const { name, version } = token
  const expected = domainSeparator({ domain: { name, version, chainId, verifyingContract: getAddress(token.address) } })
  // Tokens without EIP-712 are paid through Permit2 only, which does not ask for their name.
  if (domain !== undefined && domain !== expected) {
    throw wrong(
      'token.name, token.version',
      'payments signed for them are not the token’s: take both from its EIP-712 domain',
    )
  }
}

function wrong(field: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('config_invalid', `${field}: ${what}.`, { cause })
}

/** Why a request failed, in one line: the URL, which may hold a key, is not in it. */
function reasonOf(error: unknown): string {
  const { status, details } = error as { readonly status?: unknown; readonly details?: unknown }
  if (typeof status === 'number') return `HTTP status ${status}`
  return typeof details === 'string' ? details.split('\n', 1).join().slice(0, 100) : 'no answer'
}

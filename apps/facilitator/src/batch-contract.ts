import type { Relayer } from '@og/ledger'
import { batchFacilitatorAbi, batchFacilitatorBytecode } from '@og/x402/evm'
import {
  type Address,
  concatHex,
  encodeDeployData,
  getContractAddress,
  type Hex,
  isAddressEqual,
  keccak256,
  type PublicClient,
  zeroHash,
} from 'viem'

/** The CREATE2 deployer that stands at this address on almost every chain. */
const DEPLOYER: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
const DEPLOY_TIMEOUT_MS = 120_000

function isThere(code: Hex | undefined): boolean {
  return code !== undefined && code !== '0x'
}

/**
 * The contract through which many payments settle in one transaction: the configured one, or one of its own at an address
 * that follows from owner and operators, so that a restart finds it again. @throws Error that says what is wrong with it
 */
export async function prepareBatchContract(options: {
  readonly client: PublicClient
  readonly relayer: Relayer
  readonly contract: Address | 'deploy'
  readonly operators: readonly Address[]
}): Promise<Address> {
  const { client, relayer, contract } = options
  if (contract === 'deploy') return deploy(options)
  if (!isThere(await client.getCode({ address: contract }))) throw new Error('batch.contract: there is no contract.')
  const isOperator = await client.readContract({
    address: contract,
    abi: batchFacilitatorAbi,
    functionName: 'isOperator',
    args: [relayer.address],
  })
  if (!isOperator) throw new Error(`batch.contract: ${relayer.address} is not one of its operators.`)
  return contract
}

async function deploy(options: {
  readonly client: PublicClient
  readonly relayer: Relayer
  readonly operators: readonly Address[]
}): Promise<Address> {
  const { client, relayer } = options
  const others = options.operators.filter((operator) => !isAddressEqual(operator, relayer.address))
  const initCode = encodeDeployData({
    abi: batchFacilitatorAbi,
    bytecode: batchFacilitatorBytecode,
    args: [relayer.address, [relayer.address, ...others.map((other) => other.toLowerCase() as Address).sort()]],
  })
  const address = getContractAddress({ opcode: 'CREATE2', from: DEPLOYER, salt: zeroHash, bytecode: initCode })
  if (isThere(await client.getCode({ address }))) return address
  if (!isThere(await client.getCode({ address: DEPLOYER })))
    throw new Error(`batch.contract: this chain has no CREATE2 deployer at ${DEPLOYER}; deploy the contract yourself.`)
  const data = concatHex([zeroHash, initCode])
  await relayer.execute(
    { to: DEPLOYER, data, dedupeKey: keccak256(data) },
    { timeoutMs: DEPLOY_TIMEOUT_MS, pollMs: 100 },
  )
  if (!isThere(await client.getCode({ address }))) throw new Error('batch.contract: the deployment did not succeed.')
  return address
}

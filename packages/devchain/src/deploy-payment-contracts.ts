import {
  batchSettlementAddress,
  create2DeployerAddress,
  erc3009DepositCollectorAddress,
  exactPermit2ProxyAddress,
  multicall3Address,
  permit2Address,
  permit2DepositCollectorAddress,
  uptoPermit2ProxyAddress,
  usdcAddress,
} from './addresses.js'
import { DevchainError } from './devchain-error.js'
import { multicall3InitCode, permit2InitCode } from './foreign-bytecode.js'
import { batchSettlementRuntime } from './generated/batch-settlement.js'
import { erc3009DepositCollectorRuntime } from './generated/erc3009-deposit-collector.js'
import { exactPermit2ProxyRuntime } from './generated/exact-permit2-proxy.js'
import { permit2DepositCollectorRuntime } from './generated/permit2-deposit-collector.js'
import { uptoPermit2ProxyRuntime } from './generated/upto-permit2-proxy.js'
import { usdcDoubleRuntime } from './generated/usdc-double.js'
import type { Address, Hex } from './hex.js'
import { masterAddress } from './master.js'
import { type ChainTarget, callContract, fetchCode, sendAs, sendRpc } from './rpc.js'

/** Where the payment contracts stand, and what a payer needs to know about the token. */
export interface PaymentContracts {
  readonly token: Address
  readonly tokenName: 'USDC'
  readonly tokenVersion: '2'
  readonly decimals: 6
  readonly permit2: Address
  readonly exactPermit2Proxy: Address
  readonly uptoPermit2Proxy: Address
  readonly batchSettlement: Address
  readonly erc3009DepositCollector: Address
  readonly permit2DepositCollector: Address
  readonly multicall3: Address
}

/** The addresses that {@link deployPaymentContracts} uses on every chain. */
export const paymentContracts: PaymentContracts = {
  token: usdcAddress,
  tokenName: 'USDC',
  tokenVersion: '2',
  decimals: 6,
  permit2: permit2Address,
  exactPermit2Proxy: exactPermit2ProxyAddress,
  uptoPermit2Proxy: uptoPermit2ProxyAddress,
  batchSettlement: batchSettlementAddress,
  erc3009DepositCollector: erc3009DepositCollectorAddress,
  permit2DepositCollector: permit2DepositCollectorAddress,
  multicall3: multicall3Address,
}

// The salt under which Uniswap deployed Permit2 through the CREATE2 deployer.
const permit2Salt = '0000000000000000000000000000000000000000d3af2663da51c10215000000'

/**
 * Places the token double, Permit2, the two x402 proxies, the channel contract with its two deposit collectors, and
 * Multicall3 at their canonical addresses of a local anvil.
 * Running it again changes nothing.
 *
 * @throws DevchainError `NOT_A_DEV_CHAIN` when the node is not anvil, `RPC_FAILED`
 */
export async function deployPaymentContracts(chain: ChainTarget): Promise<PaymentContracts> {
  const version = await sendRpc(chain, 'web3_clientVersion')
  if (typeof version !== 'string' || !version.startsWith('anvil/')) {
    throw new DevchainError('NOT_A_DEV_CHAIN', 'the payment contracts are only ever placed on a local anvil')
  }
  await place(chain, usdcAddress, usdcDoubleRuntime)
  await place(chain, exactPermit2ProxyAddress, exactPermit2ProxyRuntime)
  await place(chain, uptoPermit2ProxyAddress, uptoPermit2ProxyRuntime)
  await place(chain, batchSettlementAddress, batchSettlementRuntime)
  await place(chain, erc3009DepositCollectorAddress, erc3009DepositCollectorRuntime)
  await place(chain, permit2DepositCollectorAddress, permit2DepositCollectorRuntime)
  // Creating inside eth_call returns the runtime code and leaves no trace.
  await place(chain, multicall3Address, await callContract(chain, { data: multicall3InitCode() }))
  if ((await fetchCode(chain, permit2Address)) === '0x') {
    const data: Hex = `0x${permit2Salt}${permit2InitCode().slice(2)}`
    await sendAs(chain, masterAddress(), { to: create2DeployerAddress, data })
    if ((await fetchCode(chain, permit2Address)) === '0x') {
      throw new DevchainError('NOT_A_DEV_CHAIN', `Permit2 did not land at ${permit2Address}`)
    }
  }
  return paymentContracts
}

async function place(chain: ChainTarget, address: Address, code: Hex): Promise<void> {
  await sendRpc(chain, 'anvil_setCode', address, code)
}

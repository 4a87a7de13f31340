import type { Address } from './hex.js'

/** USDC on Base Sepolia, where the token double stands. */
export const usdcAddress: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'

/** Permit2, the same on every chain. */
export const permit2Address: Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3'

/** The x402 proxy of the scheme `exact` with Permit2, the same on every chain. */
export const exactPermit2ProxyAddress: Address = '0x402085c248EeA27D92E8b30b2C58ed07f9E20001'

/** The x402 proxy of the scheme `upto`, the same on every chain. */
export const uptoPermit2ProxyAddress: Address = '0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002'

/** The x402 channel contract (scheme `batch-settlement`), the same on every chain. */
export const batchSettlementAddress: Address = '0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003'

/** The deposit collector of tokens with EIP-3009, the same on every chain. */
export const erc3009DepositCollectorAddress: Address = '0x4020806089470a89826cB9fB1f4059150b550004'

/** The deposit collector that goes through Permit2, the same on every chain. */
export const permit2DepositCollectorAddress: Address = '0x4020425FAf3B746C082C2f942b4E5159887B0005'

/** Multicall3, the same on every chain. */
export const multicall3Address: Address = '0xcA11bde05977b3631167028862bE2a173976CA11'

/** The CREATE2 deployer that anvil has from the start. */
export const create2DeployerAddress: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C'

import type { Hex, ReceiptDomain } from '@og/settlement'

/** The token that test nodes are paid in: Base Sepolia's USDC. */
export const FAKE_TOKEN = '0x036CbD53842c5426634e7929541eC2318f3dCF7e' as const
/** Who is paid. */
export const FAKE_PAYEE = '0x00000000000000000000000000000000000000Ee' as const
/** The record contract that manifests name. */
export const INFERENCE_LOG = '0x1111111111111111111111111111111111111111' as const
/** The registry that manifests name. */
export const NODE_REGISTRY = '0x2222222222222222222222222222222222222222' as const
/** Who may settle `upto` payments. */
export const FACILITATOR = '0x3333333333333333333333333333333333333333' as const
/** The operator's log. */
export const LOG_ID: Hex = `0x${'5c'.repeat(32)}`
/** The payment chain. */
export const NETWORK = 'eip155:84532'
/** The EIP-712 domain of everything that test nodes sign. */
export const DOMAIN: ReceiptDomain = { chainId: 84532n, verifyingContract: INFERENCE_LOG }

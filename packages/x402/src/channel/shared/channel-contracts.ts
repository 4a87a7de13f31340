import type { Address } from '../../address.js'

/** Name of the payment-channel scheme. */
export const CHANNEL_SCHEME = 'batch-settlement'
/** The channel contract `x402BatchSettlement`, at the same address on every chain. */
export const BATCH_SETTLEMENT_ADDRESS: Address = '0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003'
/** Brings deposits that were signed with EIP-3009; the authorized receiver of the tokens. */
export const ERC3009_DEPOSIT_COLLECTOR_ADDRESS: Address = '0x4020806089470a89826cB9fB1f4059150b550004'
/** Brings deposits that were signed for Permit2; the authorized spender. */
export const PERMIT2_DEPOSIT_COLLECTOR_ADDRESS: Address = '0x4020425FAf3B746C082C2f942b4E5159887B0005'
/** Bounds of `withdrawDelay`, in seconds: 15 minutes and 30 days. */
export const MIN_WITHDRAW_DELAY = 900
export const MAX_WITHDRAW_DELAY = 2_592_000
/** Largest amount that the channel contract can hold. */
export const MAX_UINT128: bigint = (1n << 128n) - 1n

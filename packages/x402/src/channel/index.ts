export { channelClient } from './client/channel-client.js'
export type { ChannelClient, ChannelClientOptions, DepositPolicy } from './client/channel-client-options.js'
export { type ClientChannel, unspentOf } from './client/client-channel.js'
export { type ChannelFacilitatorOptions, channelFacilitator } from './facilitator/channel-facilitator.js'
export type {
  Admission,
  AdmitInput,
  ChannelServer,
  ChannelServerOptions,
  GrantedCall,
  VerifiedChannelPayment,
} from './server/admission.js'
export { createChannelServer } from './server/channel-server.js'
export {
  type ChannelChange,
  type ChannelRecord,
  type ChannelStore,
  type ChargedChannelCall,
  createMemoryChannelStore,
  type MemoryChannelStoreOptions,
  type RunningChannelCall,
  unclaimedOf,
} from './server/channel-store.js'
export {
  type ClaimChannelsOptions,
  type ClaimedChannel,
  claimBeforeWithdraw,
  claimChannels,
  settleChannels,
  type WithdrawWatchReport,
} from './server/claim-channels.js'
export {
  claimCalldata,
  depositCalldata,
  finalizeWithdrawCalldata,
  initiateWithdrawCalldata,
  refundCalldata,
  settleCalldata,
} from './shared/channel-calldata.js'
export { type ChannelConfig, encodeChannelConfig, parseChannelConfig } from './shared/channel-config.js'
export {
  BATCH_SETTLEMENT_ADDRESS,
  CHANNEL_SCHEME,
  ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
  MAX_WITHDRAW_DELAY,
  MIN_WITHDRAW_DELAY,
  PERMIT2_DEPOSIT_COLLECTOR_ADDRESS,
} from './shared/channel-contracts.js'
export {
  type ChannelPayload,
  type ClaimPayload,
  type DepositPayload,
  encodeChannelPayload,
  parseChannelPayload,
  type RefundPayload,
  type RefundSettlement,
  type SettlePayload,
  type SignedDeposit,
  type SignedVoucher,
  type VoucherClaim,
  type VoucherPayload,
} from './shared/channel-payload.js'
export type { ChannelReason } from './shared/channel-reason.js'
export {
  type ChannelState,
  encodeChannelState,
  parseChannelState,
  type ReportedChannelState,
  readChannelState,
  readChannelStates,
} from './shared/channel-state.js'
export { type ChannelTerms, channelTermsOf } from './shared/channel-terms.js'
export {
  type ClaimEntry,
  channelIdOf,
  channelPaymentHash,
  type DepositAuthorization,
  type DepositPermit,
  depositNonce,
  hashClaimBatch,
  hashDeposit,
  hashRefund,
  hashVoucher,
  type ReceiveAuthorization,
  type RefundOrder,
  type Voucher,
} from './shared/channel-typed-data.js'
export { isVoucherSigned } from './shared/verify-voucher.js'

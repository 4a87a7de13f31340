import { expect, test } from 'vitest'
import * as channel from './index.js'

test('behavior: the names of the entry', () => {
  expect(Object.keys(channel)).toMatchInlineSnapshot(`
    [
      "channelClient",
      "unspentOf",
      "channelFacilitator",
      "createChannelServer",
      "createMemoryChannelStore",
      "unclaimedOf",
      "claimBeforeWithdraw",
      "claimChannels",
      "settleChannels",
      "claimCalldata",
      "depositCalldata",
      "finalizeWithdrawCalldata",
      "initiateWithdrawCalldata",
      "refundCalldata",
      "settleCalldata",
      "encodeChannelConfig",
      "parseChannelConfig",
      "BATCH_SETTLEMENT_ADDRESS",
      "CHANNEL_SCHEME",
      "ERC3009_DEPOSIT_COLLECTOR_ADDRESS",
      "MAX_WITHDRAW_DELAY",
      "MIN_WITHDRAW_DELAY",
      "PERMIT2_DEPOSIT_COLLECTOR_ADDRESS",
      "encodeChannelPayload",
      "parseChannelPayload",
      "encodeChannelState",
      "parseChannelState",
      "readChannelState",
      "readChannelStates",
      "channelTermsOf",
      "channelIdOf",
      "channelPaymentHash",
      "depositNonce",
      "hashClaimBatch",
      "hashDeposit",
      "hashRefund",
      "hashVoucher",
      "isVoucherSigned",
    ]
  `)
})

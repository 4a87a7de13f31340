import { parseNetwork, parseSettleResponse } from '@og/x402'
import { type ChannelRecord, encodeChannelConfig, parseChannelConfig } from '@og/x402/channel'
import { asCount, asHex, asInteger, asList, asObject } from './json-column.js'

/** Writes a channel for its column: whole numbers as text. */
export function encodeChannelRecord(record: ChannelRecord): string {
  const wide = (value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
  return JSON.stringify({ ...record, config: encodeChannelConfig(record.config) }, (_key, value) => wide(value))
}

/** Reads what {@link encodeChannelRecord} wrote. @throws TypeError, X402Error */
export function parseChannelRecord(value: unknown): ChannelRecord {
  const object = asObject(value)
  const state = asObject(object['state'])
  const running = object['running'] === undefined ? undefined : asObject(object['running'])
  return {
    channelId: asHex(object['channelId']),
    network: parseNetwork(object['network']),
    // Its parser judges every field.
    config: parseChannelConfig(asObject(object['config']) as Parameters<typeof parseChannelConfig>[0]),
    charged: asInteger(object['charged']),
    signedMax: asInteger(object['signedMax']),
    signature: object['signature'] === undefined ? undefined : asHex(object['signature']),
    state: {
      balance: asInteger(state['balance']),
      totalClaimed: asInteger(state['totalClaimed']),
      withdrawRequestedAt: asInteger(state['withdrawRequestedAt']),
      refundNonce: asInteger(state['refundNonce']),
    },
    syncedAt: asInteger(object['syncedAt']),
    lastUsedAt: asInteger(object['lastUsedAt']),
    attempts: asCount(object['attempts']),
    running:
      running === undefined
        ? undefined
        : {
            attempt: asCount(running['attempt']),
            leaseUntil: asInteger(running['leaseUntil']),
            ...(running['paymentHash'] === undefined ? {} : { paymentHash: asHex(running['paymentHash']) }),
          },
    recent: asList(object['recent']).map((entry) => {
      const call = asObject(entry)
      return {
        paymentHash: asHex(call['paymentHash']),
        callId: asHex(call['callId']),
        requestHash: asHex(call['requestHash']),
        settlement: parseSettleResponse(call['settlement']),
      }
    }),
  }
}

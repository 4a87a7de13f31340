import { expect, test } from 'vitest'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import { channelTermsOf, createTermsReader } from './channel-terms.js'

const usual: PaymentRequirements = {
  scheme: 'batch-settlement',
  network: 'eip155:84532',
  amount: '1000',
  asset: `0x${'a1'.repeat(20)}`,
  payTo: `0x${'b2'.repeat(20)}`,
  maxTimeoutSeconds: 60,
  extra: { name: 'USDC', version: '2', receiverAuthorizer: `0x${'c3'.repeat(20)}`, withdrawDelay: 900 },
}

const others: readonly PaymentRequirements[] = [
  { ...usual, scheme: 'exact' },
  { ...usual, network: 'eip155:8453' },
  { ...usual, amount: '1001' },
  { ...usual, asset: `0x${'d4'.repeat(20)}` },
  { ...usual, payTo: `0x${'d4'.repeat(20)}` },
  { ...usual, extra: null },
  ...[
    { receiverAuthorizer: `0x${'d4'.repeat(20)}` },
    { name: 'EURC' },
    { name: 7 },
    { version: '1' },
    { withdrawDelay: 901 },
    { withdrawDelay: '900' },
    { withdrawDelay: 1 },
    { assetTransferMethod: 'permit2' },
    { minDeposit: '5000' },
    { minDeposit: 5000 },
  ].map((changed): PaymentRequirements => ({ ...usual, extra: { ...usual.extra, ...changed } })),
]

test('behavior: what is remembered is what the requirements say, whichever came before', () => {
  const read = createTermsReader()
  expect(read(usual)).toEqual(channelTermsOf(usual))
  for (const other of others) {
    for (const requirements of [other, usual, { ...other }, { ...usual }, other]) {
      expect(read(requirements)).toEqual(channelTermsOf(requirements))
    }
  }
  // The same once all of them are known.
  for (const other of others) expect(read(other)).toEqual(channelTermsOf(other))
  expect(read({ ...usual })).toBe(read(usual))
})

// A fetch that pays, never more than its owner allows. Give it the address of any x402 API.
import { wrapFetch } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import { isHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { privateKey } from './network.js'

const [url] = process.argv.slice(2)
if (url === undefined || !isHex(privateKey)) throw new Error('usage: OG_PRIVATE_KEY=0x… paid-fetch URL')

const paidFetch = wrapFetch({
  schemes: [exactClient({ signer: privateKeyToAccount(privateKey) })],
  policy: {
    maxAmountPerCall: 10_000n, // 0.01 USDC
    maxAmountPerHour: 100_000n,
    networks: ['eip155:84532'],
    assets: ['0x036CbD53842c5426634e7929541eC2318f3dCF7e'],
  },
  onPayment: ({ requirements, paymentHash }) => console.log('paying', requirements.amount, 'by', paymentHash),
})
const response = await paidFetch(url)
console.log(response.status, await response.text())

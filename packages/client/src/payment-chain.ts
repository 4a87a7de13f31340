import type { Hex, Terms } from '@og/settlement'
import { evmNetwork } from '@og/x402'
import { erc20Abi, isAddressEqual, type PublicClient, parseEventLogs } from 'viem'
import type { VerificationStep } from './verification.js'

/** Looks payments up on the chain that they are made on. */
export interface PaymentChain {
  /** Whether a transaction moved the charged amount from payer to payee. */
  checkPayment(claim: { readonly terms: Terms; readonly transaction: Hex | null }): Promise<VerificationStep>
}

/** Creates the reader of a payment chain. */
export function paymentChainOf(client: PublicClient): PaymentChain {
  return {
    async checkPayment({ terms, transaction }) {
      const name = 'payment on chain'
      const failed = (code: string, detail: string): VerificationStep => ({ name, ok: false, code, detail })
      const network = evmNetwork(BigInt(await client.getChainId()))
      if (network !== evmNetwork(terms.paymentChainId)) {
        return failed('WRONG_CHAIN', `rpcUrl leads to ${network}, the payment is on eip155:${terms.paymentChainId}`)
      }
      if (transaction === null) return failed('NO_TRANSACTION', 'the node names no transaction')
      const receipt = await client.getTransactionReceipt({ hash: transaction }).catch(() => undefined)
      if (receipt?.status !== 'success') return failed('NOT_ON_CHAIN', 'the transaction is unknown or was reverted')
      const transfers = parseEventLogs({ abi: erc20Abi, eventName: 'Transfer', logs: receipt.logs })
      const moved = transfers.some(
        ({ address, args }) =>
          isAddressEqual(address, terms.asset) &&
          isAddressEqual(args.from, terms.payer) &&
          isAddressEqual(args.to, terms.payTo) &&
          args.value === terms.charged,
      )
      if (!moved) return failed('NOT_PAID', 'the transaction does not move the charged amount from payer to payee')
      return { name, ok: true, detail: `moved in block ${receipt.blockNumber}` }
    },
  }
}

import type { Hex, Terms } from '@og/settlement'
import { isTransfer } from './chain/erc20.js'
import { type JsonRpc, quantityOf } from './chain/json-rpc.js'
import { ClientError } from './client-error.js'
import { isJsonObject } from './read-json.js'
import type { VerificationStep } from './verification.js'

/** Looks payments up on the chain that they are made on. */
export interface PaymentChain {
  /** Whether a transaction moved the charged amount from payer to payee. */
  checkPayment(claim: { readonly terms: Terms; readonly transaction: Hex | null }): Promise<VerificationStep>
}

/** Creates the reader of a payment chain. */
export function paymentChainOf(rpc: JsonRpc): PaymentChain {
  async function check(claim: { readonly terms: Terms; readonly transaction: Hex | null }): Promise<VerificationStep> {
    const { terms, transaction } = claim
    const name = 'payment on chain'
    const failed = (code: string, detail: string): VerificationStep => ({ name, ok: false, code, detail })
    const chainId = await rpc.chainId()
    if (chainId !== terms.paymentChainId) {
      return failed(
        'WRONG_CHAIN',
        `rpcUrl leads to eip155:${chainId}, the payment is on eip155:${terms.paymentChainId}`,
      )
    }
    if (transaction === null) return failed('NO_TRANSACTION', 'the node names no transaction')
    const receipt = await rpc.request('eth_getTransactionReceipt', [transaction])
    if (
      !isJsonObject(receipt) ||
      receipt['status'] !== '0x1' ||
      String(receipt['transactionHash']).toLowerCase() !== transaction.toLowerCase()
    ) {
      return failed('NOT_ON_CHAIN', 'the transaction is unknown or was reverted')
    }
    const logs = Array.isArray(receipt['logs']) ? receipt['logs'] : []
    const transfer = { asset: terms.asset, from: terms.payer, to: terms.payTo, amount: terms.charged }
    if (!logs.some((log) => isJsonObject(log) && isTransfer(log, transfer))) {
      return failed('NOT_PAID', 'the transaction does not move the charged amount from payer to payee')
    }
    return { name, ok: true, detail: `moved in block ${quantityOf(receipt['blockNumber'])}` }
  }

  return {
    async checkPayment(claim) {
      try {
        return await check(claim)
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        return { name: 'payment on chain', ok: false, code: 'CHAIN_UNAVAILABLE', detail: error.message }
      }
    },
  }
}

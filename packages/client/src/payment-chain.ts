import { bytesOf, type Hex, keccak256, type Receipt, type Terms } from '@og/settlement'
import { type PaymentPayload, X402Error } from '@og/x402'
import {
  type Authorization,
  hashPermitAuthorization,
  hashTransferAuthorization,
  parseAuthorization,
} from '@og/x402/evm'
import { isTransfer, logsOf, logsOfAuthorization, type TransactionLog } from './chain/erc20.js'
import { type JsonRpc, quantityOf } from './chain/json-rpc.js'
import { isPermitSettledBy, proxyOf } from './chain/permit2-settlement.js'
import { ClientError } from './client-error.js'
import { isJsonObject } from './read-json.js'
import { isSameAddress } from './same-address.js'
import type { VerificationStep } from './verification.js'

/** Who paid whom what, as the node signed it. */
type PaidTerms = Pick<Terms, 'paymentChainId' | 'asset' | 'payer' | 'payTo' | 'charged'>

/** A payment that is said to have been made by a transaction. */
interface PaymentClaim {
  readonly receipt: Pick<Receipt, 'paymentHash'>
  readonly terms: PaidTerms
  /** What the payer signed. Without it nothing can be told from another payment of the same amount. */
  readonly payment: PaymentPayload | undefined
  readonly transaction: Hex | null
}

/** Looks payments up on the chain that they are made on. */
export interface PaymentChain {
  /** Whether a transaction moved the charged amount from payer to payee, and by this very payment. */
  checkPayment(claim: PaymentClaim): Promise<VerificationStep>
}

/** Creates the reader of a payment chain. */
export function paymentChainOf(rpc: JsonRpc): PaymentChain {
  async function check({
    receipt: { paymentHash },
    terms,
    payment,
    transaction,
  }: PaymentClaim): Promise<VerificationStep> {
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
    const authorization = payment === undefined ? undefined : authorizationOf(payment, { paymentHash, terms })
    if (authorization === undefined) return failed('NO_PAYMENT', 'what was signed for this receipt is not at hand')
    const mined = await rpc.request('eth_getTransactionReceipt', [transaction])
    if (
      !isJsonObject(mined) ||
      mined['status'] !== '0x1' ||
      !isSameAddress(String(mined['transactionHash']), transaction)
    ) {
      return failed('NOT_ON_CHAIN', 'the transaction is unknown or was reverted')
    }
    const logs = logsOf(mined['logs'])
    const own = await ownLogsOf(authorization, { terms, transaction, logs })
    if (own === undefined) return failed('OTHER_PAYMENT', 'the transaction does not show that it settles this payment')
    const transfer = { asset: terms.asset, from: terms.payer, to: terms.payTo, amount: terms.charged }
    if (!own.some((log) => isTransfer(log, transfer))) {
      return failed('NOT_PAID', 'the transaction does not move the charged amount from payer to payee')
    }
    return { name, ok: true, detail: `moved in block ${quantityOf(mined['blockNumber'])}` }
  }

  /** The logs among which the payment's transfer must be; `undefined` when the transaction cannot be told to be its own. */
  async function ownLogsOf(
    authorization: Authorization,
    found: { readonly terms: PaidTerms; readonly transaction: Hex; readonly logs: readonly TransactionLog[] },
  ): Promise<readonly TransactionLog[] | undefined> {
    const { terms, transaction, logs } = found
    if (authorization.method === 'eip3009') return logsOfAuthorization(logs, { ...authorization, asset: terms.asset })
    const sent = await rpc.request('eth_getTransactionByHash', [transaction])
    if (!isJsonObject(sent) || !isSameAddress(String(sent['hash']), transaction)) return undefined
    const { to, input } = sent
    if (typeof to !== 'string' || typeof input !== 'string') return undefined
    const codeHash = isSameAddress(to, proxyOf(authorization)) ? undefined : await codeHashOf(to)
    const isOwn = isPermitSettledBy({ to, input, logs }, { authorization, amount: terms.charged, codeHash })
    return isOwn ? logs : undefined
  }

  async function codeHashOf(address: string): Promise<Hex | undefined> {
    const code = await rpc.request('eth_getCode', [address, 'latest'])
    return typeof code === 'string' && /^0x([0-9a-f]{2})*$/i.test(code) ? keccak256(bytesOf(code as Hex)) : undefined
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

/** What was signed, if it is what the receipt names and pays as the terms say. */
function authorizationOf(
  { accepted, payload }: PaymentPayload,
  { paymentHash, terms }: { readonly paymentHash: Hex; readonly terms: PaidTerms },
): Authorization | undefined {
  try {
    const { authorization } = parseAuthorization(payload)
    const { name, version } = accepted.extra ?? {}
    const { paymentChainId: chainId, asset: verifyingContract } = terms
    const hash =
      authorization.method === 'permit2'
        ? hashPermitAuthorization(authorization, chainId)
        : hashTransferAuthorization(authorization, {
            name: String(name),
            version: String(version),
            chainId,
            verifyingContract,
          })
    const isOwn = hash === paymentHash && isSameAddress(authorization.from, terms.payer)
    return isOwn ? authorization : undefined
  } catch (error) {
    if (error instanceof X402Error) return undefined
    throw error
  }
}

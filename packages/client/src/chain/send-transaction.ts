import { type Address, bytesOf, type Hex, keccak256 } from '@og/settlement'
import { ClientError } from '../client-error.js'
import type { Account } from '../crypto/account.js'
import type { World } from '../defaults.js'
import { RECEIPT_POLL_MS, RECEIPT_TIMEOUT_MS } from '../defaults.js'
import { isJsonObject, type JsonObject } from '../read-json.js'
import { type JsonRpc, quantityOf } from './json-rpc.js'

/** Options of {@link sendTransaction}. */
export interface SendTransactionOptions {
  readonly account: Account
  readonly rpc: JsonRpc
  readonly sleep: World['sleep']
}

/**
 * Signs a transaction of the payer, sends it and waits until it is mined. Costs gas of the payer.
 * @returns the receipt as JSON-RPC gives it, and the transaction's hash.
 * @throws ClientError `CHAIN_UNAVAILABLE`, `CHAIN_REFUSED` when the chain does not take it or it was reverted,
 * `INVALID_OPTIONS` when the account signs no transactions.
 */
export async function sendTransaction(
  call: { readonly to: Address; readonly data: Hex },
  { account, rpc, sleep }: SendTransactionOptions,
): Promise<{ readonly transaction: Hex; readonly receipt: JsonObject }> {
  if (account.signTransaction === undefined) {
    throw new ClientError('INVALID_OPTIONS', 'the account signs payments only: it has no signTransaction')
  }
  const request = { from: account.address, to: call.to, data: call.data }
  const [chainId, nonce, gas, gasPrice] = await Promise.all([
    rpc.chainId(),
    rpc.request('eth_getTransactionCount', [account.address, 'pending']).then(quantityOf),
    rpc.request('eth_estimateGas', [request]).then(quantityOf),
    rpc.request('eth_gasPrice', []).then(quantityOf),
  ])
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: Number(chainId),
    nonce: Number(nonce),
    // A margin for state that changes before the transaction is mined.
    gas: (gas * 12n) / 10n,
    maxFeePerGas: gasPrice * 2n,
    maxPriorityFeePerGas: gasPrice / 10n,
    to: call.to,
    value: 0n,
    data: call.data,
  })
  const transaction = keccak256(bytesOf(raw))
  await broadcast(raw, rpc)
  const receipt = await waitForReceipt(transaction, { rpc, sleep })
  if (receipt['status'] !== '0x1') throw new ClientError('CHAIN_REFUSED', `the transaction ${transaction} was reverted`)
  return { transaction, receipt }
}

async function waitForReceipt(
  transaction: Hex,
  { rpc, sleep }: Pick<SendTransactionOptions, 'rpc' | 'sleep'>,
): Promise<JsonObject> {
  for (let waited = 0; waited < RECEIPT_TIMEOUT_MS; waited += RECEIPT_POLL_MS) {
    const receipt = await rpc.request('eth_getTransactionReceipt', [transaction])
    if (isJsonObject(receipt)) return receipt
    await sleep(RECEIPT_POLL_MS)
  }
  throw new ClientError('CHAIN_UNAVAILABLE', `the transaction ${transaction} was sent and is not mined yet`)
}

async function broadcast(raw: Hex, rpc: JsonRpc): Promise<void> {
  try {
    await rpc.request('eth_sendRawTransaction', [raw])
  } catch (error) {
    // An answer that got lost: the same bytes came a second time.
    if (!(error instanceof ClientError) || !/already known|already imported/i.test(error.message)) throw error
  }
}

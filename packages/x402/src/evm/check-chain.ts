import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { addressWord, bytes32Word, decodeText, decodeUint, encodeCall, uintWord } from './abi.js'
import type { CallResult, ChainReader } from './chain.js'
import { PERMIT2_ADDRESS } from './contracts.js'
import {
  isWalletYes,
  isWrappedSignature,
  unwrapSignature,
  type WrappedSignature,
  walletQuestion,
} from './counterfactual-wallet.js'
import type { InspectedAuthorization } from './inspect-authorization.js'
import { parseEcdsaSignature, type SignatureTools } from './signature.js'
import { checkSignature } from './verify-authorization.js'

/** Gas that a contract wallet may use to judge a signature. */
const WALLET_GAS = 500_000n

/** A signature that the chain will accept, in the spelling to send. */
export interface AcceptedSignature {
  readonly ok: true
  readonly signature: Hex
  /** The wallet that must be deployed before. */
  readonly undeployed?: WrappedSignature
}

/**
 * Judges the payer's signature as the token will: plain accounts by ECDSA, accounts with code (EIP-7702 too) by
 * ERC-1271 only, with an ERC-6492 wrapper taken off. A wallet without code is left to {@link checkUndeployedWallet}.
 */
export async function checkPayerSignature(
  inspected: InspectedAuthorization,
  chain: ChainReader,
  tools: SignatureTools = {},
): Promise<AcceptedSignature | Refusal> {
  const { authorization, signature, paymentHash } = inspected
  const code = authorization.method === 'permit2' ? 'invalid_permit2_signature' : 'invalid_exact_evm_signature'
  const account = await chain.getCode(authorization.from)
  const wrapped = isWrappedSignature(signature) ? unwrapSignature(signature) : undefined
  if (isWrappedSignature(signature) && wrapped === undefined) return refusal(code, 'the ERC-6492 wrapper is malformed')
  if (account === '0x') {
    if (wrapped !== undefined) return { ok: true, signature: wrapped.signature, undeployed: wrapped }
    const fault = checkSignature(inspected, tools)
    return fault ?? { ok: true, signature: parseEcdsaSignature(signature) }
  }
  const inner = wrapped?.signature ?? signature
  const answer = await chain.call({
    to: authorization.from,
    data: walletQuestion(paymentHash, inner),
    gas: WALLET_GAS,
  })
  if (answer.status === 'success' && isWalletYes(answer.data)) return { ok: true, signature: inner }
  return refusal(code, 'the wallet contract refuses it')
}

function uintOf(result: CallResult): bigint | undefined {
  return result.status === 'success' ? decodeUint(result.data) : undefined
}

/** Tells whether the authorization's nonce is spent or cancelled on chain. */
export async function isNonceUsed(inspected: InspectedAuthorization, chain: ChainReader): Promise<boolean> {
  const { from, nonce, method } = inspected.authorization
  if (method === 'eip3009') {
    const data = encodeCall('authorizationState(address,bytes32)', [addressWord(from), bytes32Word(nonce)])
    return (uintOf(await chain.call({ to: inspected.asset, data })) ?? 0n) !== 0n
  }
  // Permit2 keeps one bit per nonce: word = nonce >> 8, bit = nonce & 255.
  const value = BigInt(nonce)
  const data = encodeCall('nonceBitmap(address,uint256)', [addressWord(from), uintWord(value >> 8n)])
  const bitmap = uintOf(await chain.call({ to: PERMIT2_ADDRESS, data })) ?? 0n
  return ((bitmap >> (value & 255n)) & 1n) === 1n
}

/** What {@link checkChain} needs besides the payment. */
export interface CheckChainOptions {
  readonly chain: ChainReader
  readonly call: { readonly to: Address; readonly data: Hex }
  /** Atomic units about to be moved. */
  readonly amount: bigint
  /** Who will send the transaction. */
  readonly from: Address
  readonly gasLimit: bigint
}

async function balanceOf(inspected: InspectedAuthorization, chain: ChainReader): Promise<bigint | undefined> {
  const data = encodeCall('balanceOf(address)', [addressWord(inspected.authorization.from)])
  return uintOf(await chain.call({ to: inspected.asset, data }))
}

async function diagnoseTransfer(inspected: InspectedAuthorization, options: CheckChainOptions): Promise<Refusal> {
  const { chain, amount } = options
  const { asset, domain } = inspected
  const [used, balance, name, version] = await Promise.all([
    isNonceUsed(inspected, chain),
    balanceOf(inspected, chain),
    chain.call({ to: asset, data: encodeCall('name()', []) }),
    chain.call({ to: asset, data: encodeCall('version()', []) }),
  ])
  if (used) return refusal('invalid_exact_evm_nonce_already_used', 'the nonce is used or cancelled')
  if (balance !== undefined && balance < amount) {
    return refusal('invalid_exact_evm_insufficient_balance', 'the payer has less than the amount')
  }
  if (name.status === 'success' && decodeText(name.data) !== domain.name) {
    return refusal('invalid_exact_evm_token_name_mismatch', 'extra.name is not the name of the token')
  }
  if (version.status === 'success' && decodeText(version.data) !== domain.version) {
    return refusal('invalid_exact_evm_token_version_mismatch', 'extra.version is not the version of the token')
  }
  return refusal('invalid_exact_evm_transaction_simulation_failed', 'the transfer reverts')
}

async function diagnosePermit(inspected: InspectedAuthorization, options: CheckChainOptions): Promise<Refusal> {
  const { chain, amount } = options
  const [used, balance, allowance] = await Promise.all([
    isNonceUsed(inspected, chain),
    balanceOf(inspected, chain),
    chain.call({
      to: inspected.asset,
      data: encodeCall('allowance(address,address)', [
        addressWord(inspected.authorization.from),
        addressWord(PERMIT2_ADDRESS),
      ]),
    }),
  ])
  if (used) return refusal('permit2_invalid_nonce', 'the nonce is used or invalidated')
  if (balance !== undefined && balance < amount) {
    return refusal('permit2_insufficient_balance', 'the payer has less than the amount')
  }
  if ((uintOf(allowance) ?? amount) < amount) {
    return refusal('permit2_allowance_required', 'the payer has not approved Permit2 for the amount')
  }
  return refusal('permit2_simulation_failed', 'the settlement reverts')
}

/** Simulates the settlement on the latest block; on failure, finds out why. */
export async function checkChain(
  inspected: InspectedAuthorization,
  options: CheckChainOptions,
): Promise<Refusal | undefined> {
  const { chain, call } = options
  const permit = inspected.authorization.method === 'permit2'
  // A call to an address without code succeeds with an empty answer, so code is asked for first.
  const [assetCode, targetCode] = await Promise.all([chain.getCode(inspected.asset), chain.getCode(call.to)])
  if (assetCode === '0x') return refusal('asset_not_deployed_contract', 'the asset has no code')
  if (targetCode === '0x') return refusal('permit2_proxy_not_deployed', 'the x402 proxy has no code')
  const simulated = await chain.call({ ...call, from: options.from, gas: options.gasLimit })
  if (simulated.status === 'success') return undefined
  return permit ? diagnosePermit(inspected, options) : diagnoseTransfer(inspected, options)
}

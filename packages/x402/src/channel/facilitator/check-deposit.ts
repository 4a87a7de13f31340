import { type Address, isSameAddress } from '../../address.js'
import { addressWord, bytes32Word, decodeUint, encodeCall, uintWord } from '../../evm/abi.js'
import type { CallResult, ChainReader } from '../../evm/chain.js'
import { PERMIT2_ADDRESS } from '../../evm/contracts.js'
import { isSignedBy as isSignedByKey, parseEcdsaSignature, type SignatureTools } from '../../evm/signature.js'
import type { TokenDomain } from '../../evm/typed-data.js'
import { bytesOf, type Hex } from '../../hex.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import { depositCalldata } from '../shared/channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS, PERMIT2_DEPOSIT_COLLECTOR_ADDRESS } from '../shared/channel-contracts.js'
import type { DepositPayload, SignedDeposit } from '../shared/channel-payload.js'
import type { ChannelTerms } from '../shared/channel-terms.js'
import { type DepositAuthorization, depositNonce, hashDeposit } from '../shared/channel-typed-data.js'

/** ERC-1271 `isValidSignature(bytes32,bytes)` answers its own selector. */
const MAGIC = '0x1626ba7e'
const WALLET_GAS = 500_000n

/** Judges a signature as the chain will: plain accounts by ECDSA, accounts with code by ERC-1271 only. */
export async function isSignedBy(
  account: Address,
  signed: {
    readonly digest: Hex
    readonly signature: Hex
    readonly chain: ChainReader
    readonly tools: SignatureTools
  },
): Promise<boolean> {
  const { digest, signature, chain, tools } = signed
  if ((await chain.getCode(account)) === '0x') {
    try {
      return isSignedByKey({ digest: bytesOf(digest), signature, account }, tools)
    } catch {
      return false
    }
  }
  const data = encodeCall('isValidSignature(bytes32,bytes)', [bytes32Word(digest)], bytesOf(signature))
  const answer = await chain.call({ to: account, data, gas: WALLET_GAS })
  return answer.status === 'success' && answer.data.length >= 66 && answer.data.slice(0, 10) === MAGIC
}

/** The token domain that a deposit's digest needs; Permit2 looks at its chain id only. */
export function depositDomainOf(terms: ChannelTerms): TokenDomain {
  return terms.domain ?? { name: '', version: '', chainId: terms.chainId, verifyingContract: terms.token }
}

/** Judges the fields and times of a signed deposit, without signature or chain. */
export function inspectDeposit(
  payload: DepositPayload,
  options: { readonly terms: ChannelTerms; readonly now: bigint },
): Refusal | undefined {
  const { terms, now } = options
  const { amount, authorization: a, spender } = payload.deposit
  if (amount === 0n) return refusal('invalid_payload', 'a deposit of nothing')
  if (a.method !== terms.method) {
    return terms.method === 'permit2'
      ? refusal('invalid_batch_settlement_evm_permit2_authorization_required', 'the server asks for Permit2')
      : refusal('invalid_batch_settlement_evm_erc3009_authorization_required', 'the server asks for EIP-3009')
  }
  if (a.method === 'eip3009') {
    if (terms.domain === undefined) {
      return refusal('invalid_batch_settlement_evm_missing_eip712_domain', 'extra.name and extra.version are required')
    }
    if (a.validBefore < now + 6n) {
      return refusal('invalid_batch_settlement_evm_payload_authorization_valid_before', 'expires too soon')
    }
    if (a.validAfter > now) {
      return refusal('invalid_batch_settlement_evm_payload_authorization_valid_after', 'is not valid yet')
    }
    return undefined
  }
  if (!isSameAddress(a.from, payload.config.payer)) {
    return refusal('invalid_batch_settlement_evm_permit2_invalid_signature', 'from is not the payer')
  }
  if (spender === undefined || !isSameAddress(spender, PERMIT2_DEPOSIT_COLLECTOR_ADDRESS)) {
    return refusal('invalid_batch_settlement_evm_permit2_invalid_spender', 'spender is not the deposit collector')
  }
  if (!isSameAddress(a.token, terms.token)) {
    return refusal('invalid_batch_settlement_evm_token_mismatch', 'permitted.token is not the asset')
  }
  if (a.value !== amount) {
    return refusal('invalid_batch_settlement_evm_permit2_amount_mismatch', 'permitted.amount is not the deposit')
  }
  if (a.channelId !== payload.voucher.channelId) {
    return refusal('invalid_batch_settlement_evm_channel_id_mismatch', 'the permit is for another channel')
  }
  if (a.validBefore < now + 6n) {
    return refusal('invalid_batch_settlement_evm_permit2_deadline_expired', 'expires too soon')
  }
  return undefined
}

function uintOf(result: CallResult): bigint | undefined {
  return result.status === 'success' ? decodeUint(result.data) : undefined
}

/** Tells whether the nonce of a deposit is spent or cancelled on chain. */
export async function isDepositUsed(
  authorization: DepositAuthorization,
  where: { readonly chain: ChainReader; readonly token: Address },
): Promise<boolean> {
  const { chain, token } = where
  const from = addressWord(authorization.from)
  if (authorization.method === 'eip3009') {
    const nonce = bytes32Word(depositNonce(authorization.channelId, authorization.salt))
    const data = encodeCall('authorizationState(address,bytes32)', [from, nonce])
    return (uintOf(await chain.call({ to: token, data })) ?? 0n) !== 0n
  }
  const { nonce } = authorization
  const data = encodeCall('nonceBitmap(address,uint256)', [from, uintWord(nonce >> 8n)])
  const bitmap = uintOf(await chain.call({ to: PERMIT2_ADDRESS, data })) ?? 0n
  return ((bitmap >> (nonce & 255n)) & 1n) === 1n
}

/** Options of {@link checkDeposit}. */
export interface CheckDepositOptions {
  readonly chain: ChainReader
  readonly terms: ChannelTerms
  /** Who will send the transaction. */
  readonly from: Address
  readonly gasLimit: bigint
  readonly tools: SignatureTools
}

/** Judges a deposit against the chain: the payer's signature, the funds, and the very call that will be sent. */
export async function checkDeposit(
  payload: DepositPayload,
  options: CheckDepositOptions,
): Promise<Refusal | { readonly ok: true; readonly deposit: SignedDeposit }> {
  const { chain, terms, from, gasLimit, tools } = options
  const { config } = payload
  const { authorization, signature, amount } = payload.deposit
  const permit = authorization.method === 'permit2'
  const digest = hashDeposit(authorization, depositDomainOf(terms))
  if (!(await isSignedBy(config.payer, { digest, signature, chain, tools }))) {
    return permit
      ? refusal('invalid_batch_settlement_evm_permit2_invalid_signature', 'not signed by the payer')
      : refusal('invalid_batch_settlement_evm_receive_authorization_signature', 'not signed by the payer')
  }
  const deposit = { ...payload.deposit, signature: signature.length === 132 ? canonical(signature) : signature }
  const data = depositCalldata(config, deposit)
  const simulated = await chain.call({ to: BATCH_SETTLEMENT_ADDRESS, data, from, gas: gasLimit })
  if (simulated.status === 'success') return { ok: true, deposit }
  const balance = uintOf(
    await chain.call({ to: terms.token, data: encodeCall('balanceOf(address)', [addressWord(config.payer)]) }),
  )
  if (balance !== undefined && balance < amount) {
    return refusal('invalid_batch_settlement_evm_insufficient_balance', 'the payer has less than the deposit')
  }
  if (permit) {
    const allowance = uintOf(
      await chain.call({
        to: terms.token,
        data: encodeCall('allowance(address,address)', [addressWord(config.payer), addressWord(PERMIT2_ADDRESS)]),
      }),
    )
    if (allowance !== undefined && allowance < amount) {
      return refusal('invalid_batch_settlement_evm_permit2_allowance_required', 'Permit2 may not move the deposit')
    }
  }
  return refusal('invalid_batch_settlement_evm_deposit_simulation_failed', 'the deposit reverts')
}

/** v as 27 or 28; a contract wallet's 65 bytes that are no ECDSA signature stay as they are. */
function canonical(signature: Hex): Hex {
  try {
    return parseEcdsaSignature(signature)
  } catch {
    return signature
  }
}

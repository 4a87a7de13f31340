import { parseAddress } from '../../address.js'
import { systemClock } from '../../defaults.js'
import type { ChainReader, ChainWriter } from '../../evm/chain.js'
import type { SignatureTools } from '../../evm/signature.js'
import type { TypedDataSigner } from '../../evm/signer.js'
import type { FacilitatorScheme } from '../../facilitator/facilitator-scheme.js'
import { evmChainId, type Network, parseNetwork } from '../../protocol/network.js'
import type { PaymentPayload } from '../../protocol/payment-payload.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import type { VerifyResponse } from '../../protocol/verify-response.js'
import { CHANNEL_SCHEME } from '../shared/channel-contracts.js'
import {
  type ChannelPayload,
  type DepositPayload,
  parseChannelPayload,
  type RefundPayload,
  type VoucherPayload,
} from '../shared/channel-payload.js'
import { encodeChannelState, readChannelState } from '../shared/channel-state.js'
import { type ChannelTerms, channelTermsOf } from '../shared/channel-terms.js'
import { hashVoucher } from '../shared/channel-typed-data.js'
import { checkChannelConfig, isContractSigned, isVoucherSigned, voucherSignerOf } from '../shared/verify-voucher.js'
import type { ChannelSettlement } from './channel-settlement.js'
import { checkDeposit, inspectDeposit, isDepositUsed, isSignedBy } from './check-deposit.js'
import { settleClaim } from './settle-claim.js'
import { settleDeposit } from './settle-deposit.js'
import { settleRefund } from './settle-refund.js'
import { settleSweep } from './settle-sweep.js'

/** Options of {@link channelFacilitator}. */
export interface ChannelFacilitatorOptions extends SignatureTools {
  readonly network: Network
  readonly chain: ChainReader
  readonly writer: ChainWriter
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  /** Tokens that are served; every token when absent. */
  readonly assets?: readonly string[]
  /**
   * Signs claims and refunds for servers that name it as their receiver authorizer. Without it, servers must sign them.
   * Whoever runs this facilitator can then claim up to every ceiling, and whoever reaches it can have every channel refunded: let
   * servers ask alone. See the README.
   */
  readonly authorizer?: TypedDataSigner
  /** Smallest deposit that is brought, in atomic units, against channels made of dust; 0 when absent. */
  readonly minDeposit?: bigint
  /** How far back a deposit, claim or refund that was sent before is looked for, in blocks; 9 000 when absent. */
  readonly lookbackBlocks?: bigint
}

const DEPOSIT_GAS = 400_000n

/**
 * The facilitator's side of `batch-settlement`: verifies deposits, vouchers and refunds; brings deposits, claims,
 * sweeps and refunds on chain. Asking twice for the same thing sends one transaction.
 */
export function channelFacilitator(options: ChannelFacilitatorOptions): FacilitatorScheme {
  const { chain, writer, authorizer, minDeposit = 0n, lookbackBlocks = 9_000n } = options
  const tools: SignatureTools = { recover: options.recover, keccak: options.keccak }
  const network = parseNetwork(options.network)
  const chainId = evmChainId(network)
  const clock = options.clock ?? systemClock
  const assets = options.assets?.map(parseAddress)
  const running = new Map<string, Promise<SettleResponse>>()
  let chainChecked: Promise<boolean> | undefined

  async function isRightChain(): Promise<boolean> {
    chainChecked ??= chain.chainId().then((id) => id === chainId)
    try {
      return await chainChecked
    } catch (error) {
      chainChecked = undefined
      throw error
    }
  }

  type Question = { readonly ok: true; readonly content: ChannelPayload }

  async function read(payload: PaymentPayload, requirements: PaymentRequirements): Promise<Question | Refusal> {
    if (requirements.scheme !== CHANNEL_SCHEME || payload.accepted.scheme !== CHANNEL_SCHEME) {
      return refusal('invalid_batch_settlement_evm_scheme', 'not the scheme batch-settlement')
    }
    if (requirements.network !== network || payload.accepted.network !== network) {
      return refusal('invalid_batch_settlement_evm_network_mismatch', `this facilitator serves ${network}`)
    }
    if (!(await isRightChain())) return refusal('invalid_network', 'the node serves another chain')
    try {
      return { ok: true, content: parseChannelPayload(payload.payload) }
    } catch {
      return refusal('invalid_payload', 'the channel payload is malformed')
    }
  }

  function termsOf(requirements: PaymentRequirements): ChannelTerms | Refusal {
    const terms = channelTermsOf(requirements)
    if (terms === undefined) return refusal('invalid_payment_requirements', 'not channel requirements')
    if (assets !== undefined && !assets.includes(terms.token)) {
      return refusal('invalid_payment_requirements', 'this facilitator does not serve the asset')
    }
    return terms
  }

  /** Config and voucher: everything that does not depend on what is in the channel. */
  async function checkVoucher(
    content: DepositPayload | VoucherPayload | RefundPayload,
    terms: ChannelTerms,
  ): Promise<Refusal | undefined> {
    const { config, voucher } = content
    const fault = checkChannelConfig(config, { terms, channelId: voucher.channelId, keccak: tools.keccak })
    if (fault !== undefined) return fault
    const signer = voucherSignerOf(config)
    const signed = isContractSigned(config)
      ? await isSignedBy(signer, {
          digest: hashVoucher(voucher, chainId, tools),
          signature: voucher.signature,
          chain,
          tools,
        })
      : isVoucherSigned(voucher, { signer, chainId, ...tools })
    return signed
      ? undefined
      : refusal('invalid_batch_settlement_evm_voucher_signature', 'not signed by the payer authorizer')
  }

  function checkFunds(
    content: DepositPayload | VoucherPayload | RefundPayload,
    funds: { readonly balance: bigint; readonly totalClaimed: bigint },
  ): Refusal | undefined {
    const { maxClaimableAmount: max } = content.voucher
    if (funds.balance === 0n) {
      return refusal('invalid_batch_settlement_evm_channel_not_found', 'there is nothing in this channel')
    }
    if (max > funds.balance) {
      return refusal('invalid_batch_settlement_evm_cumulative_exceeds_balance', 'the channel holds less')
    }
    if (content.type === 'refund' ? max < funds.totalClaimed : max <= funds.totalClaimed) {
      return refusal('invalid_batch_settlement_evm_cumulative_below_claimed', 'more was claimed already')
    }
    return undefined
  }

  async function verify(content: ChannelPayload, requirements: PaymentRequirements): Promise<VerifyResponse> {
    if (content.type === 'claim' || content.type === 'settle') {
      return { isValid: false, invalidReason: 'invalid_batch_settlement_evm_payload_type' }
    }
    const { payer } = content.config
    const invalid = (fault: Refusal): VerifyResponse => {
      return { isValid: false, invalidReason: fault.code, invalidMessage: fault.detail, payer }
    }
    const terms = termsOf(requirements)
    if ('ok' in terms) return invalid(terms)
    const early =
      (content.type === 'deposit' ? inspectDeposit(content, { terms, now: clock() }) : undefined) ??
      (content.type === 'deposit' && content.deposit.amount < minDeposit
        ? refusal('channel_deposit_dust', 'the deposit is smaller than this facilitator brings')
        : undefined) ??
      (await checkVoucher(content, terms))
    if (early !== undefined) return invalid(early)
    const { channelId } = content.voucher
    const state = await readChannelState(chain, channelId)
    let balance = state.balance
    if (content.type === 'deposit') {
      const { authorization, amount } = content.deposit
      // A deposit that is in the channel already is as good as one that will be.
      if (!(await isDepositUsed(authorization, { chain, token: terms.token }))) {
        balance += amount
        const checked = await checkDeposit(content, {
          chain,
          terms,
          from: writer.address,
          gasLimit: DEPOSIT_GAS,
          tools,
        })
        if (!checked.ok) return invalid(checked)
      }
    }
    const fault = checkFunds(content, { balance, totalClaimed: state.totalClaimed })
    if (fault !== undefined) return invalid(fault)
    return { isValid: true, payer, extra: encodeChannelState(state, { channelId }) }
  }

  async function settle(content: ChannelPayload, requirements: PaymentRequirements): Promise<SettleResponse> {
    const context: ChannelSettlement = { network, chainId, chain, writer, authorizer, lookbackBlocks, once }
    if (content.type === 'claim') return settleClaim(content, context)
    if (content.type === 'settle') {
      if (assets !== undefined && !assets.includes(content.token)) {
        return failed(refusal('invalid_payment_requirements', 'this facilitator does not serve the asset'))
      }
      return settleSweep(content, context)
    }
    if (content.type === 'voucher') {
      return failed(refusal('invalid_batch_settlement_evm_payload_type', 'vouchers are claimed, not settled'))
    }
    if (content.type === 'refund') return settleRefund(content, context)
    const terms = termsOf(requirements)
    if ('ok' in terms) return failed(terms)
    return settleDeposit(content, {
      ...context,
      terms,
      gasLimit: DEPOSIT_GAS,
      check: async () => {
        const verified = await verify(content, requirements)
        return verified.isValid ? undefined : (verified.invalidReason ?? 'unexpected_verify_error')
      },
    })
  }

  function failed(fault: Refusal): SettleResponse {
    return { success: false, errorReason: fault.code, errorMessage: fault.detail, transaction: '', network }
  }

  /** Callers that ask for the same thing at the same time share one answer. */
  function once(key: string, work: () => Promise<SettleResponse>): Promise<SettleResponse> {
    const known = running.get(key)
    if (known !== undefined) return known
    const started = work().finally(() => running.delete(key))
    running.set(key, started)
    return started
  }

  return {
    scheme: CHANNEL_SCHEME,
    network,
    signers: [writer.address],
    ...(authorizer === undefined ? {} : { extra: { receiverAuthorizer: parseAddress(authorizer.address) } }),
    async verify(payload, requirements) {
      const question = await read(payload, requirements)
      return question.ok
        ? verify(question.content, requirements)
        : { isValid: false, invalidReason: question.code, invalidMessage: question.detail }
    },
    async settle(payload, requirements) {
      const question = await read(payload, requirements)
      return question.ok ? settle(question.content, requirements) : failed(question)
    },
  }
}

import { type Address, isSameAddress, parseAddress } from '../address.js'
import { systemClock } from '../defaults.js'
import type { FacilitatorScheme } from '../facilitator/facilitator-scheme.js'
import { bytesOf, type Hex } from '../hex.js'
import { keccakHex } from '../keccak.js'
import { evmChainId, parseNetwork } from '../protocol/network.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { amountOf, type PaymentRequirements } from '../protocol/payment-requirements.js'
import type { Reason, Refusal } from '../protocol/reason.js'
import { refusal } from '../protocol/reason.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import type { ChainCall, ChainOutcome } from './chain.js'
import { checkChain, checkPayerSignature, isNonceUsed } from './check-chain.js'
import { createCodeMemory } from './code-memory.js'
import { checkUndeployedWallet, type WrappedSignature } from './counterfactual-wallet.js'
import type { EvmFacilitatorOptions } from './evm-facilitator-options.js'
import type { EvmScheme } from './evm-target.js'
import { findSettlement } from './find-settlement.js'
import {
  GAS_SPONSORING_EXTENSION,
  parseSponsoredApproval,
  readPermit2Allowance,
  type SponsoredApproval,
} from './gas-sponsoring.js'
import {
  checkTimes,
  createInspectTools,
  type InspectedAuthorization,
  inspectAuthorization,
} from './inspect-authorization.js'
import { settlementCallOf } from './settlement-call-of.js'
import { parseEcdsaSignature } from './signature.js'
import { createSponsorLog } from './sponsor-log.js'
import { authorizationUsed, hasTransfer } from './transfer-log.js'
import { checkSignature } from './verify-authorization.js'

const DEFAULT_GAS_LIMIT = 300_000n
const DEPLOYMENT_GAS = 1_500_000n
const DEFAULT_LOOKBACK_BLOCKS = 9_000n

interface Question {
  readonly payload: PaymentPayload
  readonly inspected: InspectedAuthorization
}

interface Checked {
  readonly ok: true
  readonly call: { readonly to: Address; readonly data: Hex }
  readonly undeployed: WrappedSignature | undefined
  readonly isSponsored: boolean
}

function evmFacilitator(scheme: EvmScheme, options: EvmFacilitatorOptions): FacilitatorScheme {
  const { chain, writer } = options
  const network = parseNetwork(options.network)
  const chainId = evmChainId(network)
  const clock = options.clock ?? systemClock
  const gasLimit = options.gasLimit ?? DEFAULT_GAS_LIMIT
  const lookbackBlocks = options.lookbackBlocks ?? DEFAULT_LOOKBACK_BLOCKS
  const assets = options.assets?.map(parseAddress)
  const factories = (options.walletFactories ?? []).map(parseAddress)
  const { gasSponsoring } = options
  const sponsored = createSponsorLog(gasSponsoring?.maxPerPayer, clock)
  const tools = { recover: options.recover, keccak: options.keccak }
  const inspectTools = createInspectTools(options.keccak)
  const hasCode = createCodeMemory(chain)
  const settling = new Map<string, Promise<SettleResponse>>()
  let chainChecked: Promise<boolean> | undefined

  function isOurs({ facilitator }: { readonly facilitator?: Address }): boolean {
    return facilitator !== undefined && isSameAddress(facilitator, writer.address)
  }

  /** A node of another chain would verify and settle somewhere else; asked once, forgotten when the node fails. */
  async function isRightChain(): Promise<boolean> {
    chainChecked ??= chain.chainId().then((id) => id === chainId)
    try {
      return await chainChecked
    } catch (error) {
      chainChecked = undefined
      throw error
    }
  }

  async function inspect(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<InspectedAuthorization | Refusal> {
    if (requirements.scheme !== scheme || requirements.network !== network) {
      return refusal('unsupported_scheme', `this facilitator serves ${scheme} on ${network}`)
    }
    const inspected = inspectAuthorization(payload, requirements, inspectTools)
    if (!inspected.ok) return inspected
    if (assets !== undefined && !assets.includes(inspected.asset)) {
      return refusal('invalid_payment_requirements', 'this facilitator does not serve the asset')
    }
    const { authorization } = inspected
    if (scheme === 'upto' && authorization.method === 'permit2' && !isOurs(authorization)) {
      return refusal('upto_facilitator_mismatch', 'the payment names another facilitator')
    }
    if (!(await isRightChain())) return refusal('invalid_network', 'the node serves another chain')
    return inspected
  }

  /** The approval to submit with a payment: only where it is wanted, good, and missing on chain. */
  async function approvalFor(question: Question): Promise<SponsoredApproval | Refusal | undefined> {
    const { payload, inspected } = question
    if (gasSponsoring === undefined || inspected.authorization.method !== 'permit2') return undefined
    const approval = parseSponsoredApproval(payload, inspected, clock())
    if (approval === undefined || 'code' in approval) return approval
    const { from, value } = inspected.authorization
    const allowance = await readPermit2Allowance(chain, { asset: inspected.asset, owner: from })
    if (allowance === undefined || allowance >= value) return undefined
    const isWithin = value >= (gasSponsoring.minAmount ?? 1n) && sponsored.isWithin(from, inspected.paymentHash)
    return isWithin ? approval : undefined
  }

  async function check(question: Question, amount: bigint): Promise<Refusal | Checked> {
    const { inspected } = question
    const signed = await checkPayerSignature(inspected, chain, tools)
    if (!signed.ok) return signed
    const approval = await approvalFor(question)
    if (approval !== undefined && 'code' in approval) return approval
    const { signature, undeployed } = signed
    const call = settlementCallOf(inspected, { signature, amount, ...(approval === undefined ? {} : { approval }) })
    const checked: Checked = { ok: true, call, undeployed, isSponsored: approval !== undefined }
    if (undeployed !== undefined) {
      // An upto settlement is this facilitator's alone to send, so that one cannot be simulated behind Multicall3.
      const settlement = scheme === 'upto' ? undefined : call
      const gas = gasLimit + DEPLOYMENT_GAS
      const fault = await checkUndeployedWallet(inspected, { chain, wrapped: undeployed, factories, settlement, gas })
      return fault ?? checked
    }
    return (await checkChain(inspected, { chain, call, amount, from: writer.address, gasLimit })) ?? checked
  }

  /** Deploys the payer's wallet in a transaction of its own, because tokens ask deployed wallets only. */
  async function deploy(
    inspected: InspectedAuthorization,
    wallet: WrappedSignature,
  ): Promise<SettleResponse | undefined> {
    const { from } = inspected.authorization
    const outcome = await (options.deployer ?? writer).execute({
      to: wallet.factory,
      data: wallet.factoryData,
      dedupeKey: keccakHex(bytesOf(wallet.factory), bytesOf(from)),
      gasLimit: DEPLOYMENT_GAS,
    })
    if (outcome.status === 'pending') return failed('settlement_pending', inspected, outcome.transaction)
    const isThere = outcome.status === 'success' && (await chain.getCode(from)) !== '0x'
    return isThere ? undefined : failed('smart_wallet_deployment_failed', inspected)
  }

  function failed(reason: Reason, inspected?: InspectedAuthorization, transaction = ''): SettleResponse {
    const payer = inspected?.authorization.from
    return { success: false, errorReason: reason, transaction, network, ...(payer === undefined ? {} : { payer }) }
  }

  function succeeded(
    inspected: InspectedAuthorization,
    settled: { transaction: string; amount: bigint },
  ): SettleResponse {
    return {
      success: true,
      transaction: settled.transaction,
      network,
      payer: inspected.authorization.from,
      amount: settled.amount.toString(),
    }
  }

  /** Someone has used the nonce: this facilitator earlier, a front-runner, or the payer by cancelling. */
  async function reconcile(inspected: InspectedAuthorization, amount: bigint): Promise<SettleResponse> {
    const transaction = await findSettlement(inspected, { chain, amount, lookbackBlocks })
    if (transaction !== undefined) return succeeded(inspected, { transaction, amount })
    const permit = inspected.authorization.method === 'permit2'
    return failed(permit ? 'permit2_invalid_nonce' : 'invalid_exact_evm_nonce_already_used', inspected)
  }

  /** What was under way may have been mined since the nonce was read: then the refusal is the success itself. */
  async function refuse(reason: Reason, inspected: InspectedAuthorization, amount: bigint): Promise<SettleResponse> {
    return (await isNonceUsed(inspected, chain)) ? reconcile(inspected, amount) : failed(reason, inspected)
  }

  /** A batch would not take it: alone it shows why, unless it only failed beside the payer's other payments. */
  async function diagnose(question: Question, amount: bigint): Promise<SettleResponse> {
    const { inspected } = question
    const checked = await check(question, amount)
    if (!checked.ok) return refuse(checked.code, inspected, amount)
    const permit = inspected.authorization.method === 'permit2'
    return failed(permit ? 'permit2_simulation_failed' : 'invalid_exact_evm_transaction_simulation_failed', inspected)
  }

  async function judge(outcome: ChainOutcome, question: Question, amount: bigint): Promise<SettleResponse> {
    const { inspected } = question
    const { transaction, status, logs } = outcome
    if (status === 'pending') return failed('settlement_pending', inspected, transaction)
    const { from, to } = inspected.authorization
    if (status === 'success') {
      return hasTransfer(logs, { asset: inspected.asset, from, to, value: amount })
        ? succeeded(inspected, { transaction, amount })
        : failed('invalid_exact_evm_transfer_event_mismatch', inspected, transaction)
    }
    if (await isNonceUsed(inspected, chain)) return reconcile(inspected, amount)
    if (status === 'refused') return diagnose(question, amount)
    const reason = scheme === 'upto' ? 'invalid_upto_evm_transaction_failed' : 'invalid_exact_evm_transaction_failed'
    return failed(reason, inspected, transaction)
  }

  function chainCallOf(inspected: InspectedAuthorization, call: Checked['call']): ChainCall {
    const { from, nonce, validBefore, method } = inspected.authorization
    return {
      ...call,
      dedupeKey: inspected.paymentHash,
      gasLimit,
      payer: from,
      validBefore,
      ...(method === 'eip3009' ? { evidence: authorizationUsed(inspected.asset, { from, nonce }) } : {}),
    }
  }

  /**
   * The call of a payment that its writer simulates anyway, with many others in one question to the node: a plain account's good
   * signature, no approval to bring along, contracts that are there. Anything else is looked at alone.
   */
  async function simulatedCallOf({ inspected }: Question, amount: bigint): Promise<ChainCall | undefined> {
    const { authorization, signature, asset } = inspected
    if (writer.simulates === undefined || (gasSponsoring !== undefined && authorization.method === 'permit2')) {
      return undefined
    }
    if (checkSignature(inspected, tools) !== undefined) return undefined
    const canonical = parseEcdsaSignature(signature)
    const call = chainCallOf(inspected, settlementCallOf(inspected, { signature: canonical, amount }))
    if (!(await writer.simulates(call))) return undefined
    return (await hasCode(asset)) && (await hasCode(call.to)) ? call : undefined
  }

  async function settleOnce(question: Question, amount: bigint): Promise<SettleResponse> {
    const { inspected } = question
    const isLate = checkTimes(inspected.authorization, { now: clock() }) !== undefined
    const simulated = amount === 0n || isLate ? undefined : await simulatedCallOf(question, amount)
    if (simulated !== undefined) return judge(await writer.execute(simulated), question, amount)
    if (amount > 0n && (await isNonceUsed(inspected, chain))) return reconcile(inspected, amount)
    const late = checkTimes(inspected.authorization, { now: clock() })
    if (late !== undefined) return failed(late.code, inspected)
    if (amount === 0n) {
      const signed = await checkPayerSignature(inspected, chain, tools)
      return signed.ok ? succeeded(inspected, { transaction: '', amount: 0n }) : failed(signed.code, inspected)
    }
    const checked = await check(question, amount)
    if (!checked.ok) return refuse(checked.code, inspected, amount)
    const fault = checked.undeployed === undefined ? undefined : await deploy(inspected, checked.undeployed)
    if (fault !== undefined) return fault
    const outcome = await writer.execute(chainCallOf(inspected, checked.call))
    if (checked.isSponsored) sponsored.count(inspected.authorization.from, inspected.paymentHash)
    return judge(outcome, question, amount)
  }

  return {
    scheme,
    network,
    signers: writer.signers ?? [writer.address],
    ...(scheme === 'upto' ? { extra: { facilitatorAddress: writer.address } } : {}),
    ...(gasSponsoring === undefined ? {} : { extensions: [GAS_SPONSORING_EXTENSION] }),
    async verify(payload, requirements) {
      const inspected = await inspect(payload, requirements)
      if (!inspected.ok) return { isValid: false, invalidReason: inspected.code, invalidMessage: inspected.detail }
      const payer = inspected.authorization.from
      const fault =
        checkTimes(inspected.authorization, { now: clock() }) ??
        (await check({ payload, inspected }, inspected.authorization.value))
      return fault.ok
        ? { isValid: true, payer }
        : { isValid: false, invalidReason: fault.code, invalidMessage: fault.detail, payer }
    },
    async settle(payload, requirements) {
      const amount = amountOf(requirements)
      // The signed ceiling is what the fields are compared with; the requirements carry the charge.
      const ceiling = scheme === 'upto' ? { ...requirements, amount: payload.accepted.amount } : requirements
      const inspected = await inspect(payload, ceiling)
      if (!inspected.ok) return failed(inspected.code)
      if (amount > inspected.authorization.value) {
        return failed('invalid_upto_evm_payload_settlement_exceeds_amount', inspected)
      }
      const key = `${inspected.paymentHash}:${amount}`
      const running = settling.get(key)
      if (running !== undefined) return running
      const settlement = settleOnce({ payload, inspected }, amount).finally(() => settling.delete(key))
      settling.set(key, settlement)
      return settlement
    },
  }
}

/** The facilitator's side of `exact`: EIP-3009, and Permit2 through the exact proxy. */
export function exactFacilitator(options: EvmFacilitatorOptions): FacilitatorScheme {
  return evmFacilitator('exact', options)
}

/**
 * The facilitator's side of `upto`. The proxy lets only `witness.facilitator` settle, so payments must name this
 * writer's address; {@link FacilitatorScheme.extra} tells servers so. A charge of 0 succeeds without a transaction and
 * leaves the signature usable until its deadline: the server's reservation is what stops a second use.
 */
export function uptoFacilitator(options: EvmFacilitatorOptions): FacilitatorScheme {
  return evmFacilitator('upto', options)
}

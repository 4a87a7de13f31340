import { LedgerError, type PaymentRecord, type ReserveInput } from '@og/ledger'
import type { Hex } from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import { admitChannelPayment } from './channels/admit-channel-payment.js'
import type { ChannelGrant } from './channels/channel-till.js'
import { GatewayError } from './gateway-error.js'
import { type Grant, type InferenceDependencies, leaseSeconds } from './inference-context.js'
import type { InferenceRequest } from './inference-request.js'
import type { NodeIdentity } from './node-identity.js'
import type { NodeKeys } from './node-keys.js'
import type { FundsLimit, FundsQuery, PayerFunds } from './payer-funds.js'
import type { ChannelPayment, CheckedPayment, PricedRequest } from './payment.js'
import { isSameName } from './payment-names.js'
import type { Reply } from './reply.js'
import { requireSettleable } from './require-settleable.js'

/**
 * Checks and reserves a payment. One that was served before, or is being served, is never answered with a new price, even when its offer or
 * its time has run out since, or the node has got new keys: the client would pay twice for one call.
 */
export async function admitPayment(
  dependencies: InferenceDependencies,
  {
    request,
    priced,
    header,
    reply,
  }: {
    readonly request: InferenceRequest
    readonly priced: PricedRequest
    readonly header: string
    /** Whose end ends the wait for a channel that serves another call. */
    readonly reply: Pick<Reply, 'signal'>
  },
): Promise<Reservation> {
  const { desk, ledger } = dependencies
  let payment: CheckedPayment | ChannelPayment
  try {
    payment = desk.check(header, priced)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.wireCode === 'invalid_payload') throw error
    const paymentHash = desk.identify(header)
    const record = paymentHash === undefined ? null : await ledger.lookup(paymentHash)
    if (record === null || !isTaken(record, dependencies.now())) throw error
    if (record.requestHash !== request.requestHash || record.settlement !== request.settlement) throw usedElsewhere()
    if (record.state !== 'finished') throw inProgress()
    return replayOf(record, desk.read(header))
  }
  if (payment.kind === 'signed') {
    return admitSigned(dependencies, { request, payment, payloadText: JSON.stringify(payment.payload) })
  }
  const admission = await admitChannelPayment(dependencies, { request, payment, signal: reply.signal() })
  if (admission.kind === 'finished') {
    const record = await ledger.lookup(admission.paymentHash)
    if (record?.state !== 'finished' || record.settlement !== request.settlement) throw usedElsewhere()
    return replayOf(record, payment.payload)
  }
  const { channel } = admission
  let reserved: Reservation | undefined
  try {
    const payloadText = JSON.stringify(admission.payment.payload)
    reserved = await admitSigned(dependencies, { request, payment: admission.payment, payloadText, channel })
    if (reserved.kind === 'granted') await requireHeld(dependencies, reserved.grant)
    return reserved
  } catch (error) {
    reserved = undefined
    throw error
  } finally {
    if (reserved?.kind !== 'granted') await channel.giveUp({ isKnown: reserved !== undefined })
  }
}

/** A process that stood still after it got its channel may have lost it to another one: what it has reserved since is given back. */
async function requireHeld(
  { ledger }: InferenceDependencies,
  { payment, attempt, channel }: Pick<Grant, 'payment' | 'attempt' | 'channel'>,
): Promise<void> {
  if (channel === undefined || (await channel.isHeld())) return
  const { paymentHash } = payment.authorization
  await ledger.release({ paymentHash, attempt, reason: 'another process serves the channel' })
  throw new GatewayError('payment_required', 'The channel serves another call: try again.', {
    wireCode: 'invalid_batch_settlement_evm_channel_busy',
  })
}

/** A call whose payment is checked. */
interface CheckedCall {
  readonly request: InferenceRequest
  readonly payment: CheckedPayment
  /** The payment as JSON, as it is stored. */
  readonly payloadText: string
  readonly channel?: ChannelGrant
}

async function admitSigned(dependencies: InferenceDependencies, call: CheckedCall): Promise<Reservation> {
  const { payment } = call
  dependencies.names.claim(payment.payload, payment.authorization.paymentHash)
  if (dependencies.failures.isSpent(payment.authorization.payer)) {
    throw new GatewayError(
      'rate_limited',
      'Too many calls of this payer failed at the provider within a minute: wait a little.',
      { retryAfterSeconds: 30 },
    )
  }
  return reserve(dependencies, call)
}

/** A stored answer is for whoever sends the same call again, under the name that it had. */
function replayOf(record: PaymentRecord, payload: PaymentPayload): Reservation {
  if (!isSameName(record.payload, payload)) throw usedElsewhere()
  return { kind: 'replay', record }
}

/** Whether a payment has its call: served, or being served, perhaps by a gateway whose offers this one does not know. */
function isTaken({ state, leaseUntil, scheme }: PaymentRecord, now: bigint): boolean {
  if (state === 'finished') return true
  // A channel lets its calls in one after the other, whoever signs for it; a voucher is for whichever call comes.
  return state === 'reserved' && scheme !== CHANNEL_SCHEME && (leaseUntil ?? 0n) > now
}

function inProgress(): GatewayError {
  return new GatewayError('payment_in_progress', 'This payment is being served right now: wait for that answer.', {
    retryAfterSeconds: 1,
  })
}

function usedElsewhere(): GatewayError {
  return new GatewayError('payment_bound_to_other_request', 'This payment was already used for another request.')
}

/** What a payment is admitted to: one run, or the answer that it was served before. */
export type Reservation =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | { readonly kind: 'replay'; readonly record: PaymentRecord }

/** One durable, atomic step before any work: a payment that is in use, used up or not covered ends here. */
async function reserve(
  dependencies: InferenceDependencies,
  { request, payment, payloadText, channel }: CheckedCall,
): Promise<Reservation> {
  const { ledger, funds, now, randomBytes, identity } = dependencies
  const { authorization, payload } = payment
  const receivedAt = now()
  const drawn = Buffer.from(randomBytes(128)).toString('hex')
  const salt = (index: number): Hex => `0x${drawn.slice(64 * index, 64 + 64 * index)}`
  const { asset, payTo } = payment.signedOffer.offer
  const { chainId, nonceContract, payer, nonce } = authorization.nonceKey
  const fundsQuery = nonceContract === asset ? { payer, asset } : { payer, asset, spender: nonceContract }
  // Member by member: objects of this size that are spread into others become tables, which are slow to make and to send.
  const asked: { -readonly [Key in keyof ReserveInput]: ReserveInput[Key] } = {
    chainId,
    nonceContract,
    payer,
    nonce,
    paymentHash: authorization.paymentHash,
    requestHash: request.requestHash,
    scheme: authorization.scheme,
    network: payload.accepted.network,
    asset,
    payTo,
    authorized: payment.authorized,
    validBefore: authorization.validBefore,
    leaseSeconds,
    // The node's own mode: a TEE node's receipts say TEE also when the caller would have taken VANILLA.
    mode: identity.manifest.mode,
    settlement: request.settlement,
    salts: { request: salt(0), response: salt(1), upstreamRequest: salt(2), terms: salt(3) },
    payload: payloadText,
  }
  for (const refresh of [false, true]) {
    // What pays from a channel lies there already.
    const covered =
      channel !== undefined ? undefined : await fundsOf(funds, refresh ? { ...fundsQuery, refresh } : fundsQuery)
    if (covered === undefined) {
      asked.rebinds = true
    } else {
      asked.exposureLimit = covered.amount
      asked.paidBefore = covered.paidBefore
    }
    const result = await ledger.reserve(asked)
    switch (result.kind) {
      case 'granted':
        if (covered !== undefined && (covered.hasCode || dependencies.debtors.has(payer))) {
          await requireSettleable(dependencies, { payment, attempt: result.attempt })
        }
        return {
          kind: 'granted',
          grant: {
            payment,
            identity: identityOf(identity, payment),
            channel,
            attempt: result.attempt,
            salts: result.salts,
            receivedAt,
            payloadText,
          },
        }
      case 'finished':
        return replayOf(result.record, payload)
      case 'running':
        throw inProgress()
      case 'conflict':
        throw usedElsewhere()
      case 'exhausted':
        if (refresh) {
          throw new GatewayError(
            'payment_required',
            'The payer cannot cover this payment together with those under way.',
            {
              wireCode: covered?.boundBy === 'allowance' ? 'permit2_allowance_required' : 'insufficient_funds',
            },
          )
        }
    }
  }
  throw new GatewayError('internal_error', 'The reservation had no outcome.')
}

/** The keys that the paid offer was signed with. They may have been retired a moment ago: then the newest sign. */
function identityOf(keys: NodeKeys, { signedOffer }: CheckedPayment): NodeIdentity {
  return keys.find(signedOffer.offer.nodeId) ?? keys.find(keys.nodeId) ?? keys
}

async function fundsOf(funds: PayerFunds, query: FundsQuery): Promise<FundsLimit> {
  try {
    return await funds.limitOf(query)
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause
    throw new GatewayError('chain_unavailable', 'The payment chain cannot be read right now: try again.', {
      retryAfterSeconds: 2,
      cause,
    })
  }
}

import type { PaymentPayload, PaymentRequirements, SettleResponse } from '@og/x402'
import type { Hex } from 'viem'

/** What both sides sell, and to whom the answers must be equal. */
export const network = 'eip155:84532'
/** USDC on Base Sepolia, where the local chain has its double. */
export const asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
/** Price of one call, in atomic units. */
export const price = 1_000n
/** What a paid call is answered with. */
export const answerText: string = JSON.stringify({
  paid: true,
  text: 'twenty words would not make this benchmark any better',
})
/** A streamed answer: the first part comes at once, the others one by one. */
export const streamParts: readonly string[] = Array.from({ length: 10 }, (_, index) => `data: ${index}\n\n`)
/** Milliseconds between two parts. */
export const streamPauseMs = 20

/** What a server's process tells of itself. */
export interface ServerReport {
  /** Time of a processor that it has used, in milliseconds. */
  readonly cpuMs: number
}

/** The processor time of this process. */
export function cpuMsOfThisProcess(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The paths that both servers know: with and without a payment, and by voucher. */
export type Path = '/paid' | '/free' | '/stream' | '/free-stream' | '/channel'

/** What a server of either side is started with. Without `chain` its facilitator says yes at once, to everything. */
export interface ServerConfig {
  readonly payTo: Hex
  /** Where that facilitator is asked over HTTP; in the server's own process when absent. */
  readonly facilitatorUrl?: string
  readonly chain?: {
    readonly rpcUrl: string
    /** Pays the gas of settlements. */
    readonly facilitatorKey: Hex
    /** Signs claims of channels. */
    readonly authorizerKey: Hex
  }
}

/** Seconds after which a payer gets back what is in a channel, whatever the server says. */
export const withdrawDelay = 900
/** What a channel is opened with, in atomic units: more than a benchmark spends, and below what official clients pay at once. */
export const channelDeposit = 900_000n

/** Terms of an `exact` payment by EIP-3009. */
export function exactTerms(payTo: string): PaymentRequirements {
  return {
    scheme: 'exact',
    network,
    amount: price.toString(),
    asset,
    payTo,
    maxTimeoutSeconds: 600,
    extra: { name: 'USDC', version: '2' },
  }
}

/** The same mock on both sides: everything is settled the moment it is asked for. */
export function instantSettlement(payload: PaymentPayload): SettleResponse {
  return { success: true, transaction: `0x${'ab'.repeat(32)}`, network, payer: payerOf(payload) }
}

/** Whom an `exact` payload names as its payer. */
export function payerOf(payload: PaymentPayload): Hex {
  const authorization = payload.payload['authorization']
  if (typeof authorization !== 'object' || authorization === null || Array.isArray(authorization)) {
    throw new Error('the payload carries no authorization')
  }
  const { from } = authorization as { readonly from?: unknown }
  if (typeof from !== 'string') throw new Error('the authorization names nobody')
  return from as Hex
}

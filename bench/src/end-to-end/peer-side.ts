import { ExactEvmScheme } from '@x402/evm/exact/client'
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch'
import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  answerTextOf,
  callMaxTokens,
  callModel,
  callTimeoutMs,
  checkAnswer,
  type PaidCall,
  promptOf,
  type Side,
} from './side.js'

/** The official client against a running official server. */
export interface PeerSide extends Side {
  /** Calls whose answer came with a successful settlement. */
  readonly settledCalls: () => number
}

/** Creates the official client. It checks nothing of an answer: there is nothing to check. */
export function createPeerSide(options: {
  readonly baseUrl: string
  readonly privateKey: Hex
  readonly signal: AbortSignal
}): PeerSide {
  const client = new x402Client()
  client.register('eip155:84532', new ExactEvmScheme(privateKeyToAccount(options.privateKey)))
  const payingFetch = wrapFetchWithPayment(fetch, client)
  let calls = 0
  let settled = 0

  async function pay({ stream }: { readonly stream: boolean }): Promise<PaidCall> {
    calls += 1
    const started = performance.now()
    const response = await payingFetch(`${options.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: callModel,
        max_tokens: callMaxTokens,
        temperature: 0,
        messages: [{ role: 'user', content: promptOf(calls, { stream }) }],
        stream,
      }),
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(callTimeoutMs)]),
    })
    let firstByteMs: number | undefined
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of response.body ?? []) {
      firstByteMs ??= performance.now() - started
      text += decoder.decode(chunk, { stream: true })
    }
    const totalMs = performance.now() - started
    const settlement = settlementOf(response)
    if (!response.ok || settlement?.success !== true) {
      throw new Error(`HTTP ${response.status} ${settlement?.errorReason ?? text.slice(0, 80)}`.trim())
    }
    settled += 1
    checkAnswer(answerTextOf(text))
    return { totalMs, firstByteMs: firstByteMs ?? totalMs }
  }

  return {
    settledCalls: () => settled,
    call: pay,
    // The official middleware answers only once the payment stands on the chain.
    callUntilSettled: async () => (await pay({ stream: false })).totalMs,
    drain: async () => undefined,
  }
}

function settlementOf(response: Response): { readonly success: boolean; readonly errorReason?: string } | undefined {
  const header = response.headers.get('payment-response')
  return header === null ? undefined : decodePaymentResponseHeader(header)
}

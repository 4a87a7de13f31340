import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@og/client'
import type { Hex } from 'viem'
import { callMaxTokens, callModel, callTimeoutMs, checkAnswer, type PaidCall, promptOf, type Side } from './side.js'

/** Our stack, with what it owes the other side: proof that every answer was paid for. */
export interface OurSide extends Side {
  /** Atomic units that the receipts say were taken. */
  readonly charged: () => bigint
}

const pollMs = 20
const drainTimeoutMs = 60_000

/** Our client against a running gateway, in the open unless `isSealed`. Payments are `exact` (EIP-3009), as the peer's. */
export function createOurSide(options: {
  readonly baseUrl: string
  readonly privateKey: Hex
  readonly signal: AbortSignal
  readonly isSealed?: boolean
}): OurSide {
  const client = createClient({
    privateKey: options.privateKey,
    baseUrl: options.baseUrl,
    ...(options.isSealed === true
      ? { inferenceMode: 'TEE', policy: { platform: 'simulated', measurements: 'any-measurement' } }
      : {}),
  })
  let calls = 0
  let charged = 0n
  const unsettled = new Set<Hex>()

  async function pay({ stream }: { readonly stream: boolean }): Promise<PaidCall & { readonly paymentHash: Hex }> {
    calls += 1
    const request = {
      model: callModel,
      maxTokens: callMaxTokens,
      messages: [{ role: 'user' as const, content: promptOf(calls, { stream }) }],
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(callTimeoutMs)]),
    }
    const started = performance.now()
    let firstByteMs: number | undefined
    let result: Awaited<ReturnType<typeof client.llmChat>>
    if (stream) {
      const answer = await client.llmChat({ ...request, stream: true })
      for await (const event of answer) {
        if (event.type === 'text') firstByteMs ??= performance.now() - started
      }
      result = await answer.final()
    } else result = await client.llmChat(request)
    const totalMs = performance.now() - started
    checkAnswer(result.chatOutput.content)
    charged += result.charge.charged
    unsettled.add(result.paymentHash)
    return { totalMs, firstByteMs: firstByteMs ?? totalMs, paymentHash: result.paymentHash }
  }

  async function statusOf(paymentHash: Hex): Promise<Status> {
    const response = await fetch(`${options.baseUrl}/v1/receipts/${paymentHash}`, { signal: options.signal })
    return (await response.json()) as Status
  }

  async function isAnchored(receiptDigest: Hex): Promise<boolean> {
    const response = await fetch(`${options.baseUrl}/v1/log/proof?digest=${receiptDigest}`, { signal: options.signal })
    await response.arrayBuffer()
    return response.ok
  }

  return {
    charged: () => charged,
    call: pay,
    callUntilSettled: async () => {
      const started = performance.now()
      const { paymentHash } = await pay({ stream: false })
      const deadline = started + callTimeoutMs
      while ((await statusOf(paymentHash)).payment.state !== 'confirmed') {
        if (performance.now() > deadline) throw new Error('settlement timeout')
        await sleep(pollMs, undefined, { signal: options.signal })
      }
      return performance.now() - started
    },
    // Payments, records and the log's checkpoint: the peer is not to be measured beside our left-over work.
    drain: async () => {
      const deadline = performance.now() + drainTimeoutMs
      let newest: Status | undefined
      for (const paymentHash of unsettled) {
        for (;;) {
          const status = await statusOf(paymentHash)
          if (status.payment.state === 'failed' || status.record.state === 'failed') {
            throw new Error('a payment or a record of ours failed to settle')
          }
          if (status.payment.state === 'confirmed' && status.record.state === 'confirmed') {
            if (newest === undefined || status.leaf.index > newest.leaf.index) newest = status
            break
          }
          if (performance.now() > deadline) throw new Error('our settlements did not finish in time')
          await sleep(pollMs * 2, undefined, { signal: options.signal })
        }
        unsettled.delete(paymentHash)
      }
      while (newest !== undefined && !(await isAnchored(newest.receiptDigest))) {
        if (performance.now() > deadline) throw new Error('our log was not anchored in time')
        await sleep(pollMs * 5, undefined, { signal: options.signal })
      }
    },
  }
}

/** The part of `GET /v1/receipts/{paymentHash}` that is used. */
interface Status {
  readonly receiptDigest: Hex
  readonly payment: { readonly state: string }
  readonly record: { readonly state: string }
  readonly leaf: { readonly index: number }
}

import { type Agent, request } from 'node:http'
import { decodePaymentRequired, decodeSettleResponse } from '@og/x402'

/** One request: where to, and what pays for it. */
export interface Shot {
  readonly url: string
  /** The `PAYMENT-SIGNATURE` header. */
  readonly payment?: string
}

/** What came back, unjudged, so that judging it takes no time of the measurement. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly paymentResponse: string | undefined
  readonly paymentRequired: string | undefined
  readonly firstByteMs: number
  readonly totalMs: number
}

const callTimeoutMs = 30_000

/** Sends one request on a kept connection. @throws Error when the connection breaks or the time is up */
export function fire(shot: Shot, agent: Agent): Promise<Answer> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const headers = shot.payment === undefined ? {} : { 'payment-signature': shot.payment }
    const outgoing = request(shot.url, { agent, headers, timeout: callTimeoutMs }, (incoming) => {
      let firstByteMs: number | undefined
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        firstByteMs ??= performance.now() - started
        text += part
      })
      incoming.on('error', reject)
      incoming.on('end', () => {
        const totalMs = performance.now() - started
        const header = (name: string): string | undefined => {
          const value = incoming.headers[name]
          return typeof value === 'string' ? value : undefined
        }
        resolve({
          status: incoming.statusCode ?? 0,
          text,
          paymentResponse: header('payment-response'),
          paymentRequired: header('payment-required'),
          firstByteMs: firstByteMs ?? totalMs,
          totalMs,
        })
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** What a good answer looks like. */
export interface Expected {
  readonly text: string
  /** Whether the answer says that it was settled; `absent` for answers that go out first. */
  readonly settlement: 'success' | 'absent'
}

/** @throws Error when an answer is not the one that was paid for */
export function checkAnswer(answer: Answer, expected: Expected): void {
  if (answer.status !== 200) {
    const refusal = answer.paymentRequired === undefined ? undefined : decodePaymentRequired(answer.paymentRequired)
    throw new Error(`HTTP ${answer.status} ${refusal?.error ?? answer.text.slice(0, 120)}`)
  }
  if (answer.text !== expected.text) throw new Error('the answer is not the handler’s')
  if (expected.settlement === 'absent') {
    if (answer.paymentResponse !== undefined) throw new Error('an answer that goes out first tells of a settlement')
    return
  }
  if (answer.paymentResponse === undefined) throw new Error('an answer tells of no settlement')
  if (!decodeSettleResponse(answer.paymentResponse).success) throw new Error('an answer was not settled')
}

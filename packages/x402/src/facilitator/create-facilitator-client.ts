import { type Fetch, systemFetch } from '../defaults.js'
import { type JsonObject, parseJsonText } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { parseSettleResponse } from '../protocol/settle-response.js'
import { parseSupportedResponse } from '../protocol/supported-response.js'
import { parseVerifyResponse } from '../protocol/verify-response.js'
import { readBody } from '../read-body.js'
import { X402Error, type X402ErrorCode } from '../x402-error.js'
import type { Facilitator } from './facilitator.js'

/** Options of {@link createFacilitatorClient}. */
export interface FacilitatorClientOptions {
  /** URL before `/verify`, `/settle` and `/supported`. */
  readonly baseUrl: string
  readonly fetch?: Fetch
  /** Time for head and body of one answer, in milliseconds; 90 000 when absent. */
  readonly timeoutMs?: number
  /** Extra headers, such as authorization. */
  readonly headers?: Readonly<Record<string, string>>
}

const DEFAULT_TIMEOUT_MS = 90_000
const MAX_ANSWER_BYTES = 1024 * 1024

/** What an answer that is no verdict means. */
function codeOf(status: number): X402ErrorCode {
  return status === 429 || status === 503 ? 'FACILITATOR_BUSY' : 'FACILITATOR_BAD_ANSWER'
}

/**
 * The same interface over a facilitator's HTTP API. Redirects are refused: an answer about money comes from the host
 * that was asked. A non-2xx answer whose JSON is a verdict counts as that verdict, as with official peers.
 * @throws X402Error `FACILITATOR_UNREACHABLE` when no answer came, `FACILITATOR_BUSY` when it takes no more questions now (429, 503),
 * `FACILITATOR_BAD_ANSWER` when it was not an answer
 */
export function createFacilitatorClient(options: FacilitatorClientOptions): Facilitator {
  const send = options.fetch ?? systemFetch
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS

  async function ask(path: string, body?: object): Promise<{ readonly status: number; readonly json: JsonObject }> {
    let text: string
    let status: number
    // Unlike AbortSignal.timeout it is gone with the answer: settlements come by the thousand, and each would be kept for its whole time.
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new DOMException('no answer in time', 'TimeoutError')), timeoutMs)
    try {
      const response = await send(`${baseUrl}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
        redirect: 'error',
        signal: deadline.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      status = response.status
      const bytes = await readBody(response, MAX_ANSWER_BYTES)
      if (bytes === undefined) throw new X402Error('FACILITATOR_BAD_ANSWER', `${path}: the answer is too long`)
      text = new TextDecoder().decode(bytes)
    } catch (cause) {
      if (cause instanceof X402Error) throw cause
      throw new X402Error('FACILITATOR_UNREACHABLE', `${path}: no answer`, { cause })
    } finally {
      clearTimeout(timer)
    }
    try {
      return { status, json: parseJsonText(text) }
    } catch (cause) {
      throw new X402Error(codeOf(status), `${path}: status ${status}, not JSON`, { cause })
    }
  }

  async function parsed<T>(path: string, parse: (input: unknown) => T, body?: object): Promise<T> {
    const { status, json } = await ask(path, body)
    try {
      return parse(json)
    } catch (cause) {
      throw new X402Error(codeOf(status), `${path}: status ${status}, the answer does not parse`, { cause })
    }
  }

  function question(payload: PaymentPayload, requirements: PaymentRequirements): object {
    return { x402Version: 2, paymentPayload: payload, paymentRequirements: requirements }
  }

  return {
    verify: (payload, requirements) => parsed('/verify', parseVerifyResponse, question(payload, requirements)),
    settle: (payload, requirements) => parsed('/settle', parseSettleResponse, question(payload, requirements)),
    supported: () => parsed('/supported', parseSupportedResponse),
  }
}

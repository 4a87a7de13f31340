import { parseJsonText } from '../protocol/json.js'
import { readObject } from '../protocol/json-reader.js'
import { type PaymentPayload, parsePaymentPayload } from '../protocol/payment-payload.js'
import { checkVersion } from '../protocol/payment-required.js'
import { type PaymentRequirements, parsePaymentRequirements } from '../protocol/payment-requirements.js'
import { readBody } from '../read-body.js'
import type { Facilitator } from './facilitator.js'

/** Options of {@link createFacilitatorHandler}. */
export interface FacilitatorHandlerOptions {
  readonly facilitator: Facilitator
  /** Largest request body in bytes; 128 KiB when absent. */
  readonly maxBodyBytes?: number
}

/** Serves the facilitator's HTTP API on `Request` and `Response`; `undefined` for paths that are not its own. */
export type FacilitatorHandler = (request: Request) => Promise<Response | undefined>

const DEFAULT_MAX_BODY_BYTES = 131_072

interface Question {
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
}

function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}

async function readQuestion(request: Request, maxBytes: number): Promise<Question | undefined> {
  const bytes = await readBody(request, maxBytes)
  if (bytes === undefined) return undefined
  try {
    const body = parseJsonText(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    checkVersion(body)
    return {
      payload: parsePaymentPayload(readObject(body, 'paymentPayload')),
      requirements: parsePaymentRequirements(readObject(body, 'paymentRequirements')),
    }
  } catch {
    return undefined
  }
}

/**
 * Builds the HTTP side of a facilitator: `POST /verify`, `POST /settle`, `GET /supported`. Business refusals are 200
 * with `isValid: false` or `success: false`, as every SDK expects; a question that does not parse is 400.
 */
export function createFacilitatorHandler(options: FacilitatorHandlerOptions): FacilitatorHandler {
  const { facilitator, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options
  return async (request) => {
    const path = new URL(request.url).pathname
    if (path.endsWith('/supported') && request.method === 'GET') return answer(await facilitator.supported())
    const verify = path.endsWith('/verify')
    if ((!verify && !path.endsWith('/settle')) || request.method !== 'POST') return undefined
    const question = await readQuestion(request, maxBodyBytes)
    if (question === undefined) {
      const reason = 'invalid_payload'
      return answer(
        verify
          ? { isValid: false, invalidReason: reason }
          : { success: false, errorReason: reason, transaction: '', network: 'eip155:0' },
        400,
      )
    }
    const { payload, requirements } = question
    return answer(
      verify ? await facilitator.verify(payload, requirements) : await facilitator.settle(payload, requirements),
    )
  }
}

import { parseJsonText, TWO_MESSAGES } from '../protocol/json.js'
import { readObject } from '../protocol/json-reader.js'
import { type PaymentPayload, parsePaymentPayload } from '../protocol/payment-payload.js'
import { checkVersion } from '../protocol/payment-required.js'
import { type PaymentRequirements, parsePaymentRequirements } from '../protocol/payment-requirements.js'
import { encodeSettlementVersionOne, nameOfNetwork, parseQuestionVersionOne } from '../protocol/version-one.js'
import { readBody } from '../read-body.js'
import type { Facilitator } from './facilitator.js'

/** Options of {@link createFacilitatorHandler}. */
export interface FacilitatorHandlerOptions {
  readonly facilitator: Facilitator
  /** Largest request body in bytes; 128 KiB when absent. */
  readonly maxBodyBytes?: number
  /** The versions of x402 that are spoken; 1 and 2 when absent. Version 1 knows `exact` with EIP-3009 only. */
  readonly versions?: readonly (1 | 2)[]
}

/** Serves the facilitator's HTTP API on `Request` and `Response`; `undefined` for paths that are not its own. */
export type FacilitatorHandler = (request: Request) => Promise<Response | undefined>

const DEFAULT_MAX_BODY_BYTES = 131_072

interface Question {
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  readonly version: 1 | 2
}

function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}

async function readQuestion(
  request: Request,
  limits: { readonly maxBodyBytes: number; readonly versions: readonly (1 | 2)[] },
): Promise<Question | undefined> {
  const bytes = await readBody(request, limits.maxBodyBytes)
  if (bytes === undefined) return undefined
  try {
    // What a server could read must be readable here, or it would serve what cannot be settled.
    const body = parseJsonText(new TextDecoder('utf-8', { fatal: true }).decode(bytes), TWO_MESSAGES)
    if (body['x402Version'] === 1 && limits.versions.includes(1)) {
      const { paymentPayload, paymentRequirements } = body
      return { ...parseQuestionVersionOne(paymentPayload, paymentRequirements), version: 1 }
    }
    checkVersion(body)
    if (!limits.versions.includes(2)) return undefined
    return {
      version: 2,
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
  const { facilitator, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, versions = [1, 2] } = options

  async function supported(): Promise<Response> {
    const answered = await facilitator.supported()
    const kinds = answered.kinds.flatMap((kind) => {
      const name = versions.includes(1) && kind.scheme === 'exact' ? nameOfNetwork(kind.network) : undefined
      return [
        ...(versions.includes(2) ? [kind] : []),
        ...(name === undefined ? [] : [{ x402Version: 1, scheme: kind.scheme, network: name }]),
      ]
    })
    return answer({ ...answered, kinds })
  }

  return async (request) => {
    const path = new URL(request.url).pathname
    if (path.endsWith('/supported') && request.method === 'GET') return supported()
    const verify = path.endsWith('/verify')
    if ((!verify && !path.endsWith('/settle')) || request.method !== 'POST') return undefined
    const question = await readQuestion(request, { maxBodyBytes, versions })
    if (question === undefined) {
      const reason = 'invalid_payload'
      return answer(
        verify
          ? { isValid: false, invalidReason: reason }
          : { success: false, errorReason: reason, transaction: '', network: 'eip155:0' },
        400,
      )
    }
    const { payload, requirements, version } = question
    if (verify) return answer(await facilitator.verify(payload, requirements))
    const settlement = await facilitator.settle(payload, requirements)
    return answer(version === 1 ? encodeSettlementVersionOne(settlement) : settlement)
  }
}

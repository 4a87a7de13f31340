import { decodePaymentPayload, encodePaymentHeader, type SettleResponse } from '@og/x402'
import { createPaymentRequired } from '@og/x402/server'
import { Hono } from 'hono'
import { corsHeaders } from '../cors.js'
import { errorBodyOf, GatewayError, internalErrorOf, statusOf } from '../gateway-error.js'
import type { Log } from '../log.js'
import type { PaymentDesk } from '../payment.js'
import type { ChannelTill } from './channel-till.js'

/** What refunds are asked for with: a name that no request's hash can be. */
const noRequest = `0x${'00'.repeat(32)}` as const

/**
 * The way out of a channel: `GET` on a paid path, as x402's channel clients ask for their money back. Without a payment it answers the 402
 * that names the channel; with a signed wish, what is left goes back to the payer.
 */
export function createRefundRoutes(options: {
  readonly paths: readonly string[]
  readonly till: ChannelTill
  readonly desk: PaymentDesk
  readonly endpoint: string
  readonly log: Log
}): Hono {
  const { till, desk } = options
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(corsHeaders)) context.res.headers.set(name, value)
    context.res.headers.set('x-content-type-options', 'nosniff')
  })
  app.onError((error) => {
    const refused = error instanceof GatewayError ? error : internalErrorOf(error, options.log)
    const { retryAfterSeconds } = refused
    return Response.json(errorBodyOf(refused), {
      status: statusOf(refused),
      headers: retryAfterSeconds === undefined ? {} : { 'retry-after': retryAfterSeconds.toString() },
    })
  })

  function refused(
    path: string,
    refusal: { readonly reason: string; readonly settlement?: SettleResponse; readonly extra?: object },
  ): Response {
    const { reason, settlement, extra } = refusal
    const requirements = desk.refundRequirements()
    const required = createPaymentRequired({
      resource: { url: `${options.endpoint}${path}`, description: 'Payment channel', mimeType: 'application/json' },
      accepts: [{ ...requirements, extra: { ...requirements.extra, ...extra } }],
      error: reason,
    })
    const error = new GatewayError('payment_required', 'GET gives back what is left in a payment channel.', {
      wireCode: reason,
    })
    const headers: Record<string, string> = {
      'cache-control': 'no-store',
      'payment-required': encodePaymentHeader(required),
      ...(settlement === undefined ? {} : { 'payment-response': encodePaymentHeader(settlement) }),
    }
    return Response.json(errorBodyOf(error), { status: statusOf(error), headers })
  }

  for (const path of options.paths) {
    app.get(path, async (context) => {
      const header = context.req.header('payment-signature')
      if (header === undefined) return refused(path, { reason: 'payment_required' })
      const requirements = desk.refundRequirements()
      let payload: ReturnType<typeof decodePaymentPayload>
      try {
        payload = decodePaymentPayload(header)
      } catch {
        return refused(path, { reason: 'invalid_payload' })
      }
      if (payload.payload['type'] !== 'refund') return refused(path, { reason: 'invalid_payload' })
      const admission = await till.admit({
        payload,
        requirements,
        requestHash: noRequest,
        signal: context.req.raw.signal,
      })
      switch (admission.kind) {
        case 'refunded': {
          const { channelId, settlement } = admission
          const body = { message: 'Refund acknowledged', channelId }
          return context.json(body, 200, {
            'cache-control': 'no-store',
            'payment-response': encodePaymentHeader(settlement),
          })
        }
        case 'corrective':
          return refused(path, { reason: admission.refusal.code, extra: admission.extra ?? {} })
        case 'refused': {
          const { settlement } = admission
          return refused(path, { reason: admission.refusal.code, ...(settlement === undefined ? {} : { settlement }) })
        }
        default:
          return refused(path, { reason: 'invalid_payload' })
      }
    })
  }
  return app
}

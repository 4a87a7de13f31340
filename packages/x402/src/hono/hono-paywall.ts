import { createPaywall } from '../server/create-paywall.js'
import type { PaidContext, PaywallOptions } from '../server/paywall-options.js'

/** The part of hono's `Context` that is used. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  get res(): Response
  set res(response: Response | undefined)
  set(key: string, value: unknown): void
}

/** Options of {@link honoPaywall}. */
export interface HonoPaywallOptions extends PaywallOptions {
  /** Name of the context variable with the {@link PaidContext}; `x402` when absent. */
  readonly variable?: string
}

/**
 * A paywall as hono middleware. The handlers behind it run once per payment and find the {@link PaidContext} in
 * `c.get('x402')`; streams pass through as they come. They must read the body from the context's `request`.
 * @example app.use('/v1/*', honoPaywall({ requirementsFor, store, facilitator }))
 */
export function honoPaywall(
  options: HonoPaywallOptions,
): (context: HonoContext, next: () => Promise<void>) => Promise<Response> {
  const { variable = 'x402', ...rest } = options
  const paywall = createPaywall(rest)
  return async (context, next) => {
    let isServed = false
    const response = await paywall(context.req.raw, async (paid: PaidContext) => {
      context.set(variable, paid)
      await next()
      isServed = true
      return context.res
    })
    // hono merges the headers of an earlier `res` into a later one; the paywall has removed some of them on purpose.
    if (isServed) {
      context.res = undefined
      context.res = response
    }
    return response
  }
}

export { type HonoContext, type HonoPaywallOptions, honoPaywall } from './hono-paywall.js'

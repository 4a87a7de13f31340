export {
  type ExpressPaywallOptions,
  type ExpressRequest,
  type ExpressResponse,
  expressPaywall,
} from './express-paywall.js'

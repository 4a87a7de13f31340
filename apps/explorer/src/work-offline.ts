import { trustedAddress } from './worker-address.js'

/** Lets the page open without a network from its second visit on. Where the browser cannot, nothing is lost but that. */
export function workOffline(): void {
  if (!('serviceWorker' in navigator) || !isSecureContext) return
  navigator.serviceWorker.register(trustedAddress('offline')).catch(() => undefined)
}

/** The one script address that this page may hand to the browser: the policy of the page allows no other. */
const worker = './service-worker.js'

interface TrustedTypes {
  createPolicy(
    name: 'og-worker',
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string }
}

/** Lets the page open without a network from its second visit on. Where the browser cannot, nothing is lost but that. */
export function workOffline(): void {
  if (!('serviceWorker' in navigator) || !isSecureContext) return
  // TypeScript's own library does not know Trusted Types.
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('og-worker', {
    createScriptURL: (url) => (url === worker ? url : ''),
  })
  navigator.serviceWorker.register(policy?.createScriptURL(worker) ?? worker).catch(() => undefined)
}

import receiptWorker from './verify/receipt-worker.js?worker&url'

/** The script addresses that this page may hand to the browser: its policy allows no other. */
export const workerAddresses = { offline: './service-worker.js', receipt: receiptWorker } as const

interface TrustedTypes {
  createPolicy(
    name: 'og-worker',
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string }
}

// TypeScript's own library does not know Trusted Types.
const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
const known: readonly string[] = Object.values(workerAddresses)
const policy = trustedTypes?.createPolicy('og-worker', {
  createScriptURL: (url) => (known.includes(url) ? url : ''),
})

/** The address of a worker, as the browser takes it under the page's policy. */
export function trustedAddress(worker: keyof typeof workerAddresses): string {
  const address = workerAddresses[worker]
  return policy?.createScriptURL(address) ?? address
}

import { createWebStorage as createPrefixedStorage, type TextStorage, type WebStorage } from '@og/x402/storage'

/**
 * A storage in the browser's `localStorage`.
 * @example createClient({ privateKey, storage: createWebStorage(localStorage) })
 */
export function createWebStorage(storage: WebStorage, options: { readonly prefix?: string } = {}): TextStorage {
  return createPrefixedStorage(storage, { prefix: options.prefix ?? 'og-client:' })
}

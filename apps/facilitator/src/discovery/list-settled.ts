import type { CatalogStore } from '@og/ledger/x402'
import { BAZAAR_EXTENSION } from '@og/x402/extensions'
import type { Facilitator } from '@og/x402/facilitator'
import { currentRequest } from '../request-context.js'
import { type Listing, readListing } from './read-listing.js'

/** Options of {@link listSettled}. */
export interface ListSettledOptions {
  readonly catalog: CatalogStore
  readonly privateHosts: boolean
  readonly onListing: (status: 'success' | 'rejected') => void
  readonly onError: (error: unknown) => void
}

/** Adds the resources of settled payments to the catalog, where the payment declares one. Nothing else gets in. */
export function listSettled(facilitator: Facilitator, options: ListSettledOptions): Facilitator {
  const { catalog, privateHosts, onListing, onError } = options

  async function add(listing: Listing): Promise<void> {
    let reason = listing.ok ? undefined : listing.reason
    if (listing.ok) {
      try {
        if (!(await catalog.put(listing.input))) reason = 'the catalog is full'
      } catch (error) {
        onError(error)
        reason = 'the catalog cannot be written'
      }
    }
    const status = reason === undefined ? 'success' : 'rejected'
    onListing(status)
    const request = currentRequest()
    if (request === undefined) return
    request.extensionResponses[BAZAAR_EXTENSION] = {
      status,
      ...(reason === undefined ? {} : { rejectedReason: reason }),
    }
  }

  return {
    ...facilitator,
    async settle(payload, requirements) {
      const answer = await facilitator.settle(payload, requirements)
      if (!answer.success || answer.transaction === '') return answer
      const listing = readListing(payload, requirements, { privateHosts })
      if (listing !== undefined) await add(listing)
      return answer
    },
    async supported() {
      const supported = await facilitator.supported()
      return { ...supported, extensions: [...supported.extensions, BAZAAR_EXTENSION] }
    },
  }
}

import { hashOffer, type Offer, parseOffer, type ReceiptDomain } from '@og/settlement'
import { type Fetch, MAX_STATUS_BYTES } from './defaults.js'
import { isJsonObject, objectAt, readBytes, readJsonObject, stringAt } from './read-json.js'

/** An offer as a node shows it before it is asked to serve; its signature is not judged yet. */
export interface ShownOffer {
  readonly offer: Offer
  readonly digest: `0x${string}`
  readonly signature: `0x${string}`
}

/** Asks a node what it offers. An answer that cannot be read is none: prices are asked for again when a call is made. */
export async function fetchOffers(options: {
  readonly baseUrl: string
  readonly fetch: Fetch
  readonly domain: ReceiptDomain
  readonly signal?: AbortSignal | undefined
}): Promise<readonly ShownOffer[]> {
  try {
    const response = await options.fetch(`${options.baseUrl}/v1/offers`, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    const json = readJsonObject(await readBytes(response.body, MAX_STATUS_BYTES), MAX_STATUS_BYTES)
    const data = response.ok ? json?.['data'] : undefined
    return (Array.isArray(data) ? data : []).flatMap((entry) => {
      const shown = isJsonObject(entry) ? entry : undefined
      const offer = parseOffer(objectAt(shown, 'offer'))
      const signature = stringAt(shown, 'signature') ?? ''
      return [{ offer, digest: hashOffer(offer, options.domain), signature: `0x${signature.slice(2)}` }]
    })
  } catch {
    return []
  }
}

import type { CatalogInput } from '@og/ledger/x402'
import { type JsonObject, type PaymentPayload, type PaymentRequirements, parseAddress } from '@og/x402'
import { BAZAAR_EXTENSION } from '@og/x402/extensions'
import { checkInfo } from './check-info.js'
import { isPublicHost, parseWebUrl } from './public-host.js'
import { serviceMetadataOf } from './service-metadata.js'

const MAX_LISTING_BYTES = 32_768
const ROUTE_TEMPLATE = /^\/[a-zA-Z0-9_/:.\-~%]{1,1024}$/
const MAX_DECODINGS = 5

/** What a settled payment tells of the resource that it paid for. */
export type Listing =
  | { readonly ok: true; readonly input: CatalogInput }
  | { readonly ok: false; readonly reason: string }

/** The template of a route with parameters, if it is one (bazaar specification, "`routeTemplate` Validation Rules"). */
export function parseRouteTemplate(value: unknown): string | undefined {
  if (typeof value !== 'string' || !ROUTE_TEMPLATE.test(value)) return undefined
  let decoded = value
  for (let round = 0; ; round += 1) {
    let next: string
    try {
      next = decodeURIComponent(decoded)
    } catch {
      return undefined
    }
    if (next === decoded) break
    if (round === MAX_DECODINGS) return undefined
    decoded = next
  }
  return decoded.includes('..') || decoded.includes('://') ? undefined : value
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The declaration as it is listed: without what this one payer asked for. */
function listedExtension(extension: JsonObject, routeTemplate: string | undefined): JsonObject {
  const { info, schema } = extension
  const input = isObject(info) && isObject(info['input']) ? info['input'] : {}
  const { pathParams: _, ...general } = input
  return {
    info: { ...(isObject(info) ? info : {}), input: routeTemplate === undefined ? input : general },
    ...(schema === undefined ? {} : { schema }),
    ...(routeTemplate === undefined ? {} : { routeTemplate }),
  }
}

/** Reads the resource out of a settled payment; `undefined` when it declares none. */
export function readListing(
  payload: PaymentPayload,
  requirements: PaymentRequirements,
  options: { readonly privateHosts: boolean },
): Listing | undefined {
  const extension = payload.extensions?.[BAZAAR_EXTENSION]
  if (extension === undefined) return undefined
  if (!isObject(extension)) return { ok: false, reason: 'the extension is not an object' }
  const { resource } = payload
  const url = parseWebUrl(resource?.url)
  if (resource === undefined || url === undefined) return { ok: false, reason: 'resource.url is not a web address' }
  if (!options.privateHosts && !isPublicHost(url)) return { ok: false, reason: 'resource.url is not a public address' }
  const checked = checkInfo(extension)
  if (!checked.ok) return checked
  const routeTemplate = parseRouteTemplate(extension['routeTemplate'])
  const metadata = serviceMetadataOf(resource)
  const accepted = payload.accepted.scheme === requirements.scheme ? payload.accepted : requirements
  const listed = listedExtension(extension, routeTemplate)
  const name = `${url.origin}${routeTemplate ?? url.pathname}`
  const { description = '', serviceName = '', tags = [] } = metadata
  const input: CatalogInput = {
    resource: name,
    type: checked.type,
    toolName: checked.toolName,
    x402Version: 2,
    payTo: parseAddress(requirements.payTo),
    metadata: { ...metadata, extensions: { [BAZAAR_EXTENSION]: listed } },
    accepted,
    extensions: [BAZAAR_EXTENSION],
    words: [name, description, serviceName, ...(Array.isArray(tags) ? tags : []), checked.text].join(' '),
  }
  const size = Buffer.byteLength(JSON.stringify([input.metadata, accepted]))
  return size > MAX_LISTING_BYTES ? { ok: false, reason: 'the declaration is too long' } : { ok: true, input }
}

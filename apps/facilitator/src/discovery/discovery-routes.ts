import type { CatalogEntry, CatalogFilter, CatalogStore } from '@og/ledger/x402'
import { Hono } from 'hono'
import { errorResponse } from '../error-response.js'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100
const MAX_OFFSET = 1_000_000
const MAX_QUERY = 512

function itemOf(entry: CatalogEntry): object {
  const { resource, type, x402Version, accepts, metadata, updatedAt } = entry
  return {
    resource,
    type,
    x402Version,
    accepts,
    lastUpdated: new Date(Number(updatedAt) * 1000).toISOString(),
    ...metadata,
  }
}

function wholeNumber(
  text: string | undefined,
  bounds: { readonly least: number; readonly most: number; readonly absent: number },
): number | undefined {
  if (text === undefined) return bounds.absent
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  return value < bounds.least || value > bounds.most ? undefined : value
}

function filterOf(query: Readonly<Record<string, string>>, offsetText: string | undefined): CatalogFilter | undefined {
  const limit = wholeNumber(query['limit'], { least: 1, most: MAX_LIMIT, absent: DEFAULT_LIMIT })
  const offset = wholeNumber(offsetText, { least: 0, most: MAX_OFFSET, absent: 0 })
  if (limit === undefined || offset === undefined) return undefined
  const { type, payTo, scheme, network, extensions } = query
  for (const text of [type, payTo, scheme, network, extensions]) {
    if (text !== undefined && (text.length > 128 || text.includes('\0'))) return undefined
  }
  return {
    ...(type === undefined ? {} : { type }),
    ...(payTo === undefined ? {} : { payTo }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(network === undefined ? {} : { network }),
    ...(extensions === undefined ? {} : { extension: extensions }),
    limit,
    offset,
  }
}

/** Serves the catalog: `GET /resources` and `GET /search` of the bazaar specification. */
export function discoveryRoutes(catalog: CatalogStore): Hono {
  const app = new Hono()
  const refused = (detail: string): Response => errorResponse(400, 'invalid_query', detail)
  // Public by nature: pages may read it.
  app.use(async (context, next) => {
    await next()
    context.header('access-control-allow-origin', '*')
  })

  app.get('/resources', async (context) => {
    const query = context.req.query()
    const filter = filterOf(query, query['offset'])
    if (filter === undefined) return refused(`limit is 1 to ${MAX_LIMIT}, offset a whole number.`)
    const { items, total } = await catalog.list(filter)
    const pagination = { limit: filter.limit, offset: filter.offset, total }
    return context.json({ x402Version: 2, items: items.map(itemOf), pagination })
  })

  app.get('/search', async (context) => {
    const query = context.req.query()
    const text = query['query'] ?? ''
    // The cursor is the place of the next page.
    const filter = filterOf(query, query['cursor'])
    if (filter === undefined) return refused(`limit is 1 to ${MAX_LIMIT}, cursor one that was given.`)
    if (text === '' || text.length > MAX_QUERY) return refused(`query is 1 to ${MAX_QUERY} characters.`)
    const words = text.split(/[\s\0]+/).filter((word) => word !== '')
    const { items, total } = await catalog.search(words, filter)
    const next = filter.offset + items.length
    const hasMore = next < total
    return context.json({
      x402Version: 2,
      resources: items.map(itemOf),
      partialResults: hasMore,
      pagination: { limit: filter.limit, cursor: hasMore ? `${next}` : null },
    })
  })
  return app
}

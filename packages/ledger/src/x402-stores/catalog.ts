import { parsePaymentRequirements } from '@og/x402'

import { countOf, integerOf, type Row, type SqlValue, textOf } from '../engine/row.js'

import { asCount, asObject, readColumn } from './json-column.js'
import { all, get, lock, type Operation, run } from './statements.js'
import type { CatalogEntry, CatalogFilter, CatalogInput } from './stores.js'

/** Most ways to pay that one entry remembers. */
const MAX_ACCEPTS = 16
const MAX_WORDS = 8

type Page = { readonly items: readonly CatalogEntry[]; readonly total: number }

function keyOf({ resource, type, toolName, payTo }: CatalogInput): string {
  return JSON.stringify([type, resource, toolName, payTo.toLowerCase()])
}

function* entryOf(row: Row): Operation<CatalogEntry> {
  const accepts = yield* all(
    'SELECT body FROM x402_resource_accept WHERE resource_key = $1 ORDER BY scheme, network, asset',
    [textOf(row, 'resource_key')],
  )
  return readColumn('body', textOf(row, 'body'), (value) => {
    const body = asObject(value)
    return {
      resource: String(body['resource']),
      type: body['type'] === 'mcp' ? 'mcp' : 'http',
      toolName: String(body['toolName']),
      x402Version: asCount(body['x402Version']),
      payTo: body['payTo'] as CatalogEntry['payTo'], // written by `put` from an address
      metadata: asObject(body['metadata']) as CatalogEntry['metadata'],
      accepts: accepts.map((accept) => readColumn('body', textOf(accept, 'body'), parsePaymentRequirements)),
      updatedAt: integerOf(row, 'updated_at'),
    }
  })
}

/** Adds an entry or renews it; false when the catalog is full. */
export function* putResource(
  input: CatalogInput,
  options: { readonly maxResources: number; readonly now: bigint },
): Operation<boolean> {
  const key = keyOf(input)
  const { resource, type, toolName, x402Version, payTo, metadata, accepted, words } = input
  yield* lock(`x402 resource ${key}`)
  const known = yield* get('SELECT resource_key FROM x402_resource WHERE resource_key = $1', [key])
  if (known === undefined) {
    const row = yield* get('SELECT count(*) AS total FROM x402_resource')
    if (row !== undefined && countOf(row, 'total') >= options.maxResources) return false
  }
  const body = JSON.stringify({ resource, type, toolName, x402Version, payTo, metadata })
  yield* run(
    `INSERT INTO x402_resource (resource_key, kind, pay_to, words, body, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (resource_key) DO UPDATE SET words = excluded.words, body = excluded.body, updated_at = excluded.updated_at`,
    [key, type, payTo.toLowerCase(), words.toLowerCase(), body, options.now],
  )
  const accepts = yield* get('SELECT count(*) AS total FROM x402_resource_accept WHERE resource_key = $1', [key])
  if (accepts !== undefined && countOf(accepts, 'total') >= MAX_ACCEPTS) {
    yield* run('DELETE FROM x402_resource_accept WHERE resource_key = $1', [key])
  }
  yield* run(
    `INSERT INTO x402_resource_accept (resource_key, scheme, network, asset, body) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (resource_key, scheme, network, asset) DO UPDATE SET body = excluded.body`,
    [key, accepted.scheme, accepted.network, accepted.asset.toLowerCase(), JSON.stringify(accepted)],
  )
  yield* run('DELETE FROM x402_resource_extension WHERE resource_key = $1', [key])
  for (const name of new Set(input.extensions)) {
    yield* run('INSERT INTO x402_resource_extension (resource_key, name) VALUES ($1, $2)', [key, name])
  }
  return true
}

/** The conditions of a filter, and their parameters. */
function conditionsOf(filter: CatalogFilter, parameters: SqlValue[]): readonly string[] {
  const add = (value: string): string => `$${parameters.push(value)}`
  const { type, payTo, scheme, network, extension } = filter
  const accept = [
    ...(scheme === undefined ? [] : [`a.scheme = ${add(scheme)}`]),
    ...(network === undefined ? [] : [`a.network = ${add(network)}`]),
  ]
  return [
    ...(type === undefined ? [] : [`r.kind = ${add(type)}`]),
    ...(payTo === undefined ? [] : [`r.pay_to = ${add(payTo.toLowerCase())}`]),
    ...(accept.length === 0
      ? []
      : [
          `EXISTS (SELECT 1 FROM x402_resource_accept a WHERE a.resource_key = r.resource_key AND ${accept.join(' AND ')})`,
        ]),
    ...(extension === undefined
      ? []
      : [
          `EXISTS (SELECT 1 FROM x402_resource_extension e WHERE e.resource_key = r.resource_key AND e.name = ${add(extension)})`,
        ]),
  ]
}

function* page(input: {
  readonly conditions: readonly string[]
  readonly parameters: readonly SqlValue[]
  readonly order: string
  readonly filter: CatalogFilter
}): Operation<Page> {
  const { conditions, parameters, order, filter } = input
  const from = `FROM x402_resource r${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`
  const counted = yield* get(`SELECT count(*) AS total ${from}`, parameters)
  const rows = yield* all(
    `SELECT r.* ${from} ORDER BY ${order}r.updated_at DESC, r.resource_key
     LIMIT $${parameters.length + 1} OFFSET $${parameters.length + 2}`,
    [...parameters, filter.limit, filter.offset],
  )
  const items: CatalogEntry[] = []
  for (const row of rows) items.push(yield* entryOf(row))
  return { items, total: counted === undefined ? 0 : countOf(counted, 'total') }
}

/** Entries, newest first. */
export function* listResources(filter: CatalogFilter): Operation<Page> {
  const parameters: SqlValue[] = []
  const conditions = conditionsOf(filter, parameters)
  return yield* page({ conditions, parameters, order: '', filter })
}

/** Entries that hold at least one of the words. */
export function* searchResources(words: readonly string[], filter: CatalogFilter): Operation<Page> {
  const parameters: SqlValue[] = []
  const hits = [...new Set(words.map((word) => word.toLowerCase()))]
    .slice(0, MAX_WORDS)
    .map((word) => `CASE WHEN strpos(r.words, $${parameters.push(word)}) > 0 THEN 1 ELSE 0 END`)
  if (hits.length === 0) return { items: [], total: 0 }
  const score = hits.join(' + ')
  const conditions = [`${score} > 0`, ...conditionsOf(filter, parameters)]
  return yield* page({ conditions, parameters, order: `${score} DESC, `, filter })
}

import { checkpoint, equivocation, inference, node } from 'ponder:schema'
import { and, eq, gte, lt } from 'ponder'
import { type Condition, type Listed, newestRows } from './newest-rows.js'
import { type Page, pageOf } from './page.js'
import { addressOf, countOf, hashOf, limitOf, textOf, wordOf } from './read-query.js'

/** Adds a condition where its parameter was given. */
function given<Value>(value: Value | undefined, condition: (value: Value) => Condition): Condition {
  return value === undefined ? undefined : condition(value)
}

/** A page of a table, newest first, from `before` on. */
async function pageFrom(table: Listed, query: URLSearchParams, ...conditions: readonly Condition[]): Promise<Page> {
  const limit = limitOf(query)
  const before = given(countOf(query, 'before'), (position) => lt(table.position, position))
  return pageOf(await newestRows(table, { where: and(before, ...conditions), limit: limit + 1 }), limit)
}

/** Records, newest first. Filters: node, payer, payTo, model, settlement, mode, since, until (unix seconds). */
export async function listInferences(query: URLSearchParams): Promise<Page> {
  return pageFrom(
    inference,
    query,
    given(hashOf(query, 'node'), (id) => eq(inference.nodeId, id)),
    given(addressOf(query, 'payer'), (payer) => eq(inference.payer, payer)),
    given(addressOf(query, 'payTo'), (payTo) => eq(inference.payTo, payTo)),
    given(textOf(query, 'model'), (model) => eq(inference.model, model)),
    given(wordOf(query, 'settlement', ['SETTLE', 'SETTLE_METADATA']), (one) => eq(inference.settlement, one)),
    given(wordOf(query, 'mode', ['VANILLA', 'TEE']), (mode) => eq(inference.mode, mode === 'TEE' ? 1 : 0)),
    given(countOf(query, 'since'), (since) => gte(inference.blockTime, since)),
    given(countOf(query, 'until'), (until) => lt(inference.blockTime, until)),
  )
}

/** Published heads, newest first. Filter: log. */
export async function listCheckpoints(query: URLSearchParams): Promise<Page> {
  return pageFrom(
    checkpoint,
    query,
    given(hashOf(query, 'log'), (log) => eq(checkpoint.logId, log)),
  )
}

/** The registry, newest first. Filter: log. */
export async function listNodes(query: URLSearchParams): Promise<Page> {
  return pageFrom(
    node,
    query,
    given(hashOf(query, 'log'), (log) => eq(node.logId, log)),
  )
}

/** Proven equivocations, newest first. Filter: log. */
export async function listEquivocations(query: URLSearchParams): Promise<Page> {
  return pageFrom(
    equivocation,
    query,
    given(hashOf(query, 'log'), (log) => eq(equivocation.logId, log)),
  )
}

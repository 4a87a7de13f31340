import { db } from 'ponder:api'
import { checkpoint, equivocation, inference, node } from 'ponder:schema'
import { and, desc, eq, gte, lt } from 'ponder'
import { type Page, pageOf } from './page.js'
import { addressOf, countOf, hashOf, limitOf, textOf, wordOf } from './read-query.js'

type Condition = ReturnType<typeof and>

/** Adds a condition where its parameter was given. */
function given<Value>(value: Value | undefined, condition: (value: Value) => Condition): Condition {
  return value === undefined ? undefined : condition(value)
}

/** Records, newest first. Filters: node, payer, payTo, model, settlement, mode, since, until (unix seconds). */
export async function listInferences(query: URLSearchParams): Promise<Page> {
  const limit = limitOf(query)
  const where = and(
    given(countOf(query, 'before'), (before) => lt(inference.position, before)),
    given(hashOf(query, 'node'), (id) => eq(inference.nodeId, id)),
    given(addressOf(query, 'payer'), (payer) => eq(inference.payer, payer)),
    given(addressOf(query, 'payTo'), (payTo) => eq(inference.payTo, payTo)),
    given(textOf(query, 'model'), (model) => eq(inference.model, model)),
    given(wordOf(query, 'settlement', ['SETTLE', 'SETTLE_METADATA']), (one) => eq(inference.settlement, one)),
    given(wordOf(query, 'mode', ['VANILLA', 'TEE']), (mode) => eq(inference.mode, mode === 'TEE' ? 1 : 0)),
    given(countOf(query, 'since'), (since) => gte(inference.blockTime, since)),
    given(countOf(query, 'until'), (until) => lt(inference.blockTime, until)),
  )
  const rows = await db
    .select()
    .from(inference)
    .where(where)
    .orderBy(desc(inference.position))
    .limit(limit + 1)
  return pageOf(rows, limit)
}

/** Published heads, newest first. Filter: log. */
export async function listCheckpoints(query: URLSearchParams): Promise<Page> {
  const limit = limitOf(query)
  const where = and(
    given(countOf(query, 'before'), (before) => lt(checkpoint.position, before)),
    given(hashOf(query, 'log'), (log) => eq(checkpoint.logId, log)),
  )
  const rows = await db
    .select()
    .from(checkpoint)
    .where(where)
    .orderBy(desc(checkpoint.position))
    .limit(limit + 1)
  return pageOf(rows, limit)
}

/** The registry, newest first. Filter: log. */
export async function listNodes(query: URLSearchParams): Promise<Page> {
  const limit = limitOf(query)
  const where = and(
    given(countOf(query, 'before'), (before) => lt(node.position, before)),
    given(hashOf(query, 'log'), (log) => eq(node.logId, log)),
  )
  const rows = await db
    .select()
    .from(node)
    .where(where)
    .orderBy(desc(node.position))
    .limit(limit + 1)
  return pageOf(rows, limit)
}

/** Proven equivocations, newest first. Filter: log. */
export async function listEquivocations(query: URLSearchParams): Promise<Page> {
  const limit = limitOf(query)
  const where = and(
    given(countOf(query, 'before'), (before) => lt(equivocation.position, before)),
    given(hashOf(query, 'log'), (log) => eq(equivocation.logId, log)),
  )
  const rows = await db
    .select()
    .from(equivocation)
    .where(where)
    .orderBy(desc(equivocation.position))
    .limit(limit + 1)
  return pageOf(rows, limit)
}

import type { JsonObject } from '@og/settlement'
import { z } from 'zod'
import { wireSchemas } from './wire-schemas.js'

type SchemaName = keyof typeof wireSchemas

interface Route {
  readonly method: 'get' | 'post'
  readonly summary: string
  readonly answer: SchemaName | 'Metrics' | 'OpenApi'
  /** Statuses of refusals. */
  readonly refusals: readonly number[]
  readonly paid?: true
  readonly query?: Readonly<Record<string, string>>
  /** Parameters that may be left out. */
  readonly options?: Readonly<Record<string, string>>
}

const paid = [400, 402, 404, 409, 410, 412, 413, 415, 429, 500, 502, 503, 504] as const

/** Every route of the public listener. */
export const documentedRoutes: Readonly<Record<string, Route>> = {
  '/v1/chat/completions': {
    method: 'post',
    summary: 'Chat, streamed or not.',
    answer: 'ChatCompletion',
    refusals: paid,
    paid: true,
  },
  '/v1/completions': {
    method: 'post',
    summary: 'Text completion, streamed or not.',
    answer: 'Completion',
    refusals: paid,
    paid: true,
  },
  '/v1/responses': {
    method: 'post',
    summary: 'The Responses API, without stored state.',
    answer: 'Response',
    refusals: paid,
    paid: true,
  },
  '/v1/embeddings': { method: 'post', summary: 'Vectors of texts.', answer: 'Embeddings', refusals: paid, paid: true },
  '/v1/models': { method: 'get', summary: 'What is on offer.', answer: 'Models', refusals: [] },
  '/v1/models/{id}': { method: 'get', summary: 'One model, by id or alias.', answer: 'Model', refusals: [404] },
  '/v1/offers': { method: 'get', summary: 'The signed price of every model.', answer: 'Offers', refusals: [] },
  '/v1/attestation': {
    method: 'get',
    summary: 'Key manifest, sealing key, and a quote over both and the nonce.',
    answer: 'Attestation',
    refusals: [400, 404, 429, 503],
    query: { nonce: '32 bytes as 0x and 64 hexadecimal digits' },
    options: { next: 'Of the keys that follow, as long as they wait for their registration' },
  },
  '/v1/receipts/{paymentHash}': {
    method: 'get',
    summary: 'State of payment and record.',
    answer: 'ReceiptStatus',
    refusals: [404],
  },
  '/v1/log/checkpoint': {
    method: 'get',
    summary: 'The latest head of the log that stands on chain.',
    answer: 'Checkpoint',
    refusals: [404],
  },
  '/v1/log/proof': {
    method: 'get',
    summary: 'Proof that a receipt is in the log.',
    answer: 'Proof',
    refusals: [400, 404],
    query: { digest: 'The digest of a receipt' },
  },
  '/v1/log/entries': {
    method: 'get',
    summary: 'Leaves of the log: receipt digests, at most 1000.',
    answer: 'Entries',
    refusals: [400],
    query: { from: 'Index of the first leaf', to: 'Index after the last leaf' },
  },
  '/health': { method: 'get', summary: 'The process is up.', answer: 'Health', refusals: [] },
  '/ready': { method: 'get', summary: 'Calls may be sent here: 200, else 503.', answer: 'Readiness', refusals: [] },
  '/metrics': { method: 'get', summary: 'Prometheus metrics.', answer: 'Metrics', refusals: [403] },
  '/signing-key': {
    method: 'get',
    summary: "The key of OpenGradient's tee_* fields.",
    answer: 'SigningKey',
    refusals: [400],
  },
  '/admin/keys': {
    method: 'post',
    summary: 'Provider keys into memory; sealed, with the token of the operator.',
    answer: 'ProviderKeysSet',
    refusals: [400, 403, 404, 409, 429],
  },
  '/openapi.json': { method: 'get', summary: 'This document.', answer: 'OpenApi', refusals: [] },
}

/** Builds the OpenAPI 3.1 document of a node. */
export function createOpenApi(options: { readonly endpoint: string; readonly codeVersion: string }): JsonObject {
  const schemas = Object.fromEntries(
    Object.entries(wireSchemas).map(([name, schema]) => [name, z.toJSONSchema(schema, { target: 'draft-2020-12' })]),
  )
  return {
    openapi: '3.1.0',
    info: { title: 'OpenGradient gateway', version: options.codeVersion },
    servers: [{ url: options.endpoint }],
    paths: Object.fromEntries(Object.entries(documentedRoutes).map(([path, route]) => [path, pathItem(path, route)])),
    components: { schemas: schemas as JsonObject },
  }
}

function pathItem(path: string, route: Route): JsonObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...queryOf(route.query, { required: true }),
    ...queryOf(route.options, { required: false }),
    ...(route.paid === true ? paidHeaders : []),
  ]
  const refusals = route.refusals.map((status): [string, JsonObject] => [
    `${status}`,
    {
      description: status === 402 ? 'Payment required' : 'Refused',
      ...content('Error'),
      ...(status === 402 ? priceHeader() : {}),
    },
  ])
  return {
    ...(route.paid === true ? { get: refundItem } : {}),
    [route.method]: {
      summary: route.summary,
      parameters,
      ...(route.method === 'post'
        ? { requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } } }
        : {}),
      responses: {
        200: { description: 'Answered', ...content(route.answer, route.paid) },
        ...Object.fromEntries(refusals),
      },
    },
  }
}

function queryOf(
  query: Readonly<Record<string, string>> = {},
  { required }: { readonly required: boolean },
): readonly JsonObject[] {
  return Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query',
    required,
    description,
    schema: { type: 'string' },
  }))
}

/** `GET` on a paid path, where the node offers payment channels: what is left in one goes back to its payer. */
const refundItem: JsonObject = {
  summary: 'What is left in a payment channel, back to its payer; on nodes that offer channels.',
  parameters: [{ name: 'PAYMENT-SIGNATURE', in: 'header', required: false, schema: { type: 'string' } }],
  responses: {
    200: { description: 'Sent back', ...content('Refund'), ...settlementHeader() },
    402: { description: 'The channel, or why its refund was refused', ...content('Error'), ...priceHeader() },
    503: { description: 'The node cannot write right now', ...content('Error') },
  },
}

const paidHeaders: readonly JsonObject[] = [
  'PAYMENT-SIGNATURE',
  'OG-Inference-Mode',
  'OG-Settlement-Mode',
  'X-SETTLEMENT-TYPE',
].map((name) => ({ name, in: 'header', required: false, schema: { type: 'string' } }))

function priceHeader(): JsonObject {
  const schema = { type: 'string' }
  return { headers: { 'PAYMENT-REQUIRED': { description: 'x402 v2 terms, base64 of JSON', schema } } }
}

function settlementHeader(): JsonObject {
  const schema = { type: 'string' }
  return { headers: { 'PAYMENT-RESPONSE': { description: 'The refund and its transaction, base64 of JSON', schema } } }
}

function content(answer: Route['answer'], paid?: true): JsonObject {
  if (answer === 'Metrics') return { content: { 'text/plain': { schema: { type: 'string' } } } }
  const schema: JsonObject = answer === 'OpenApi' ? { type: 'object' } : { $ref: `#/components/schemas/${answer}` }
  const stream: JsonObject = paid === true ? { 'text/event-stream': { schema: { type: 'string' } } } : {}
  return { content: { 'application/json': { schema }, ...stream } }
}

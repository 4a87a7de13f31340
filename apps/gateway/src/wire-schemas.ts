import { z } from 'zod'

/** What the gateway answers, as zod schemas: the OpenAPI document is made of them, and the tests hold real answers against them. */

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/)
const bytes65 = z.string().regex(/^0x[0-9a-f]{130}$/)
const decimal = z.string().regex(/^[0-9]{1,78}$/)
const hex = z.string().regex(/^0x(?:[0-9a-f]{2})*$/)
const json = z.record(z.string(), z.unknown())

const evidence = z.strictObject({
  version: z.literal('1'),
  paymentHash: bytes32,
  attempt: z.int().min(1),
  receiptDigest: bytes32,
  receipt: json,
  terms: json,
  signature: bytes65,
  salts: z.strictObject({ request: bytes32, response: bytes32, upstreamRequest: bytes32 }),
  offer: json,
  offerSignature: bytes65,
  label: z.enum(['scripted', 'tls-witnessed', 'model-in-enclave', 'vanilla']),
})

const counts = {
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  total_tokens: z.int().min(0),
  prompt_tokens_details: z.strictObject({ cached_tokens: z.int().min(0) }),
  completion_tokens_details: z.strictObject({ reasoning_tokens: z.int().min(0) }),
}
const usage = z.strictObject({ ...counts, cost: z.number().min(0), og: evidence })
const responsesUsage = z.looseObject({ input_tokens: z.int().min(0), output_tokens: z.int().min(0), og: evidence })
const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter'])

const chatAnswer = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z
    .array(
      z.looseObject({
        index: z.literal(0),
        message: z.looseObject({ role: z.literal('assistant'), content: z.string().nullable() }),
        finish_reason: finishReason,
      }),
    )
    .length(1),
  usage,
})
const completionAnswer = z.looseObject({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(z.looseObject({ index: z.literal(0), text: z.string(), finish_reason: finishReason })).length(1),
  usage,
})
const responsesAnswer = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  status: z.enum(['completed', 'incomplete']),
  model: z.string(),
  output: z.array(z.looseObject({ type: z.string() })),
  usage: responsesUsage,
})
const embeddingsAnswer = z.strictObject({
  object: z.literal('list'),
  data: z.array(
    z.strictObject({
      object: z.literal('embedding'),
      index: z.int().min(0),
      embedding: z.union([z.array(z.number()), z.base64()]),
    }),
  ),
  model: z.string(),
  usage,
})

const model = z.strictObject({ id: z.string(), object: z.literal('model'), created: z.int(), owned_by: z.string() })
const step = z.strictObject({
  state: z.enum(['none', 'queued', 'submitted', 'confirmed', 'failed']),
  transaction: bytes32.nullable(),
  blockNumber: decimal.nullable(),
})
const log = { logId: bytes32, size: z.int().min(0), seq: decimal, root: bytes32, uri: z.string().nullable() }

/** Every shape of an answer by its name in the document. */
export const wireSchemas = {
  Error: z.strictObject({
    error: z.strictObject({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
  }),
  ChatCompletion: chatAnswer,
  Completion: completionAnswer,
  Response: responsesAnswer,
  Embeddings: embeddingsAnswer,
  Refund: z.strictObject({ message: z.string(), channelId: bytes32 }),
  Model: model,
  Models: z.strictObject({ object: z.literal('list'), data: z.array(model) }),
  Offers: z.strictObject({
    data: z.array(z.strictObject({ offer: json, offerHash: bytes32, signature: bytes65 })),
  }),
  Attestation: z.strictObject({
    nodeId: bytes32,
    manifest: json,
    sealingKey: z.strictObject({ statement: json, signature: bytes65 }).nullable(),
    attestation: z
      .strictObject({ quote: hex, collateral: json, nonce: bytes32, platform: z.enum(['intel', 'simulated']) })
      .nullable(),
  }),
  ReceiptStatus: z.strictObject({
    paymentHash: bytes32,
    status: z.enum(['running', 'finished', 'released']),
    receiptDigest: bytes32.nullable(),
    receipt: json.nullable(),
    signature: bytes65.nullable(),
    payment: step.extend({ charged: decimal.nullable() }),
    record: step.extend({ mode: z.enum(['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH']) }),
    leaf: z.strictObject({ logId: bytes32, index: z.int().min(0) }).nullable(),
  }),
  Checkpoint: z.strictObject({
    ...log,
    signature: bytes65.nullable(),
    transaction: bytes32.nullable(),
    blockNumber: decimal.nullable(),
  }),
  Proof: z.strictObject({
    ...log,
    index: z.int().min(0),
    proof: z.array(bytes32),
    checkpointSignature: bytes65.nullable(),
    transaction: bytes32.nullable(),
  }),
  Entries: z.strictObject({
    logId: bytes32,
    size: z.int().min(0),
    from: z.int().min(0),
    entries: z.array(bytes32).max(1000),
  }),
  Health: z.strictObject({ status: z.literal('ok'), nodeId: bytes32, mode: z.enum(['TEE', 'VANILLA']) }),
  Readiness: z.strictObject({ status: z.enum(['ready', 'not_ready']) }),
  SigningKey: z.strictObject({ public_key: z.string(), tee_id: bytes32, node_id: bytes32, signature: bytes65 }),
  ProviderKeysSet: z.strictObject({ providers: z.array(z.string()) }),
} as const

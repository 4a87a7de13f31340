import type { ChatResult } from './chat-result.js'
import { checkJsonSchema } from './check-json-schema.js'
import { isJsonObject, type JsonObject, type JsonValue, readJson } from './json.js'
import { LlmError, type LlmErrorCode } from './llm-error.js'
import type { ChatRequest } from './message.js'
import { checkStandard, isStandardSchema, jsonSchemaOf, type StandardSchema } from './standard-schema.js'
import { strictSchemaOf, withoutAddedNulls } from './strict-schema.js'

/** What the answer has to be: a Standard Schema (zod, valibot, …) or a plain JSON Schema. */
export interface OutputOptions<Output> {
  readonly schema: StandardSchema<Output> | JsonObject
  /** The JSON Schema to send; needed only when the schema cannot describe itself. */
  readonly jsonSchema?: JsonObject
  /** The schema's name on the wire; `output` unless given. */
  readonly schemaName?: string
}

/** An answer that was read by a schema. */
export interface ParsedChatResult<Output> extends ChatResult {
  readonly parsed: Output
}

/** The model answered, but not what the schema asks for. The answer, and what it cost, is in `result`. */
export class OutputError extends LlmError {
  override readonly name = 'OutputError'
  readonly result: ChatResult

  constructor(code: LlmErrorCode, message: string, result: ChatResult) {
    const { text, reasoning, toolCalls, usage, requestId, headers } = result
    super(code, message, { partial: { text, reasoning, toolCalls, usage }, requestId, headers })
    this.result = result
  }
}

/** True for an answer that is not what the schema asks for. */
export function isOutputError(value: unknown): value is OutputError {
  return value instanceof Error && value.name === 'OutputError' && 'result' in value
}

/** The model refused: `REFUSED`. */
export function isRefusalError(value: unknown): value is OutputError {
  return isOutputError(value) && value.code === 'REFUSED'
}

/** The answer was cut by the token limit: `OUTPUT_TRUNCATED`. */
export function isLengthError(value: unknown): value is OutputError {
  return isOutputError(value) && value.code === 'OUTPUT_TRUNCATED'
}

/**
 * Providers want an object at the top: any other schema travels as its member `value`.
 * A `response_format` that the request brings along wins.
 */
export function requestWithSchema(request: ChatRequest, output: OutputOptions<unknown>): ChatRequest {
  if (request['response_format']) return request
  const schema = wireSchemaOf(output)
  const strictSchema = strictSchemaOf(schema)
  const name = output.schemaName ?? 'output'
  const format = { name, schema: strictSchema ?? schema, strict: strictSchema !== undefined }
  return { ...request, response_format: { type: 'json_schema', json_schema: format } }
}

/** Reads an answer by its schema. @throws OutputError */
export async function parseOutput<Output>(
  result: ChatResult,
  output: OutputOptions<Output>,
): Promise<ParsedChatResult<Output>> {
  if (result.refusal) throw new OutputError('REFUSED', 'the model refused to answer', result)
  if (result.finishReason === 'length')
    throw new OutputError('OUTPUT_TRUNCATED', 'the answer was cut by the token limit', result)
  if (result.finishReason === 'content_filter')
    throw new OutputError('OUTPUT_FILTERED', 'the answer was cut by a content filter', result)
  if (result.toolCalls.length > 0)
    throw new OutputError('INVALID_OUTPUT', 'the model called tools instead: use runTools', result)
  const json = readJson(withoutFence(result.text))
  if (json === undefined) throw new OutputError('INVALID_OUTPUT', 'the answer is not JSON', result)
  const schema = ownSchemaOf(output)
  const isWrapped = schema !== undefined && isWrappable(schema) && isJsonObject(json) && 'value' in json
  const plain: JsonValue = isWrapped ? (json['value'] ?? null) : json
  const value = schema ? withoutAddedNulls(plain, schema) : plain
  const verdict = await judge(value, output)
  if (!verdict.ok)
    throw new OutputError('INVALID_OUTPUT', `the answer does not fit the schema: ${verdict.detail}`, result)
  return { ...result, parsed: verdict.value }
}

async function judge<Output>(
  value: JsonValue,
  { schema }: OutputOptions<Output>,
): Promise<{ readonly ok: true; readonly value: Output } | { readonly ok: false; readonly detail: string }> {
  if (isStandardSchema(schema)) return checkStandard(value, schema)
  const detail = checkJsonSchema(value, schema)
  // A plain JSON Schema says nothing about the type: whoever passes one names it.
  return detail === undefined ? { ok: true, value: value as Output } : { ok: false, detail }
}

function ownSchemaOf({ schema, jsonSchema, schemaName }: OutputOptions<unknown>): JsonObject | undefined {
  if (jsonSchema) return jsonSchema
  return isStandardSchema(schema) ? jsonSchemaOf(schema, schemaName ?? 'output') : schema
}

function wireSchemaOf(output: OutputOptions<unknown>): JsonObject {
  const schema = ownSchemaOf(output) ?? {}
  if (!isWrappable(schema)) return schema
  const { $defs, definitions, ...rest } = schema
  return {
    type: 'object',
    properties: { value: rest },
    required: ['value'],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  }
}

function isWrappable(schema: JsonObject): boolean {
  return schema['type'] !== 'object' && !('properties' in schema) && !('$ref' in schema)
}

/** Some models put JSON into a Markdown fence. */
function withoutFence(text: string): string {
  const trimmed = text.trim()
  if (!trimmed.startsWith('```') || !trimmed.endsWith('```')) return trimmed
  const firstLineEnd = trimmed.indexOf('\n')
  return firstLineEnd === -1 ? trimmed : trimmed.slice(firstLineEnd + 1, -3)
}

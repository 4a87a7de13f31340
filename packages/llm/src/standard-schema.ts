import { isJsonObject, type JsonObject, type JsonValue, readJson } from './json.js'
import { LlmError } from './llm-error.js'

/** The part of Standard Schema v1 (standardschema.dev) that is used; zod, valibot and arktype schemas fit. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<{ readonly message: string; readonly path?: ReadonlyArray<unknown> | undefined }> }

/** A value that fits a schema, or what is wrong with it. */
export type SchemaVerdict<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly detail: string }

/** True for a Standard Schema, false for a plain JSON Schema. */
export function isStandardSchema<Output>(
  schema: StandardSchema<Output> | JsonObject,
): schema is StandardSchema<Output> {
  return '~standard' in schema
}

/** Judges a value by a Standard Schema. */
export async function checkStandard<Output>(
  value: JsonValue,
  schema: StandardSchema<Output>,
): Promise<SchemaVerdict<Output>> {
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return { ok: true, value: result.value }
  const detail = result.issues.map((issue) => `${pathText(issue.path)}${issue.message}`).join('; ')
  return { ok: false, detail }
}

function pathText(path: ReadonlyArray<unknown> | undefined): string {
  if (!path || path.length === 0) return ''
  const keys = path.map((step) => (typeof step === 'object' && step !== null && 'key' in step ? step.key : step))
  return `${keys.map(String).join('.')}: `
}

/**
 * The JSON Schema of a Standard Schema: made by the schema itself through the Standard JSON Schema interface (`~standard.jsonSchema.input`,
 * zod ≥ 4.2) or a `toJSONSchema` method. Nothing is imported for it.
 * @throws LlmError `INVALID_TOOL` when it has none.
 */
export function jsonSchemaOf(schema: StandardSchema, name: string): JsonObject {
  const standard: object = schema['~standard']
  const converter = 'jsonSchema' in standard ? standard.jsonSchema : undefined
  if (
    typeof converter === 'object' &&
    converter !== null &&
    'input' in converter &&
    typeof converter.input === 'function'
  ) {
    return cleanSchema(converter.input({ target: 'draft-07' }), name)
  }
  if ('toJSONSchema' in schema && typeof schema.toJSONSchema === 'function')
    return cleanSchema(schema.toJSONSchema(), name)
  throw withoutForm(name)
}

function cleanSchema(value: unknown, name: string): JsonObject {
  const copy = readJson(JSON.stringify(value) ?? '')
  if (!isJsonObject(copy)) throw withoutForm(name)
  const { $schema: _dialect, '~standard': _standard, ...schema } = copy
  return schema
}

function withoutForm(name: string): LlmError {
  return new LlmError('INVALID_TOOL', `the schema of ${name} has no JSON Schema form: pass jsonSchema`)
}

import { checkJsonSchema } from './check-json-schema.js'
import { isJsonObject, type JsonObject, type JsonValue, readJson } from './json.js'
import { LlmError } from './llm-error.js'
import type { WireTool } from './message.js'

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

/** What a running tool is told. */
export interface ToolContext {
  readonly callId: string
  readonly signal: AbortSignal | undefined
}

/** A tool that the model may call. Without `execute` the caller carries the call out. */
export interface Tool {
  readonly wire: WireTool
  /** Reads the model's argument text; the problem is meant for the model. */
  readonly readArguments: (text: string) => Promise<ArgumentsVerdict>
  readonly execute: ((input: unknown, context: ToolContext) => Promise<unknown>) | undefined
}

/** Arguments that a tool accepts, or what is wrong with them. */
export type ArgumentsVerdict =
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly code: 'INVALID_JSON' | 'INVALID_ARGUMENTS'; readonly detail: string }

interface ToolTexts {
  readonly name: string
  readonly description?: string
  /** Asks the provider to keep to the schema exactly. */
  readonly strict?: boolean
}

/** A tool described by a JSON Schema. */
export interface JsonTool extends ToolTexts {
  readonly parameters: JsonObject
  readonly execute?: (input: JsonObject, context: ToolContext) => unknown
}

/** A tool described by a Standard Schema. */
export interface SchemaTool<Input> extends ToolTexts {
  readonly parameters: StandardSchema<Input>
  /** The JSON Schema to send; needed only when the schema cannot describe itself. */
  readonly jsonSchema?: JsonObject
  readonly execute?: (input: Input, context: ToolContext) => unknown
}

/**
 * Defines a function tool from a JSON Schema or from a Standard Schema (zod, valibot, …).
 * @throws LlmError `INVALID_TOOL` for a bad name, or a schema that has no JSON Schema form.
 * @example
 * const weather = defineTool({
 *   name: 'get_current_weather',
 *   parameters: z.object({ city: z.string() }),
 *   execute: ({ city }) => `It is sunny in ${city}.`,
 * })
 */
export function defineTool<Input>(tool: SchemaTool<Input>): Tool
export function defineTool(tool: JsonTool): Tool
export function defineTool(tool: JsonTool | SchemaTool<unknown>): Tool {
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(tool.name)) {
    throw new LlmError('INVALID_TOOL', 'a tool name has 1 to 64 letters, digits, dashes or underscores')
  }
  const parameters = isSchemaTool(tool) ? jsonSchemaOf(tool) : tool.parameters
  const wire: WireTool = {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === undefined ? {} : { description: tool.description }),
      parameters,
      ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    },
  }
  if (isSchemaTool(tool)) {
    const { execute } = tool
    return {
      wire,
      readArguments: (text) => readStandard(text, tool.parameters),
      execute: execute && (async (input, context) => execute(input, context)),
    }
  }
  const { execute } = tool
  return {
    wire,
    readArguments: async (text) => readPlain(text, parameters),
    execute: execute && (async (input, context) => execute(isJsonObject(input) ? input : {}, context)),
  }
}

function isSchemaTool(tool: JsonTool | SchemaTool<unknown>): tool is SchemaTool<unknown> {
  return '~standard' in tool.parameters
}

/** The arguments as an object; an empty text is what some models write for a tool without parameters. */
function parseArguments(text: string): JsonObject | undefined {
  const value: JsonValue | undefined = text.trim() === '' ? {} : readJson(text)
  return isJsonObject(value) ? value : undefined
}

const invalidJson: ArgumentsVerdict = { ok: false, code: 'INVALID_JSON', detail: 'the arguments are not a JSON object' }

function readPlain(text: string, schema: JsonObject): ArgumentsVerdict {
  const input = parseArguments(text)
  if (!input) return invalidJson
  const detail = checkJsonSchema(input, schema)
  return detail === undefined ? { ok: true, input } : { ok: false, code: 'INVALID_ARGUMENTS', detail }
}

async function readStandard(text: string, schema: StandardSchema): Promise<ArgumentsVerdict> {
  const given = parseArguments(text)
  if (!given) return invalidJson
  const result = await schema['~standard'].validate(given)
  if (!result.issues) return { ok: true, input: result.value }
  const detail = result.issues.map((issue) => `${pathText(issue.path)}${issue.message}`).join('; ')
  return { ok: false, code: 'INVALID_ARGUMENTS', detail }
}

function pathText(path: ReadonlyArray<unknown> | undefined): string {
  if (!path || path.length === 0) return ''
  const keys = path.map((step) => (typeof step === 'object' && step !== null && 'key' in step ? step.key : step))
  return `${keys.map(String).join('.')}: `
}

/**
 * The JSON Schema of a Standard Schema: given beside it, or made by the schema itself through the Standard JSON Schema interface
 * (`~standard.jsonSchema.input`, zod ≥ 4.2) or a `toJSONSchema` method. Nothing is imported for it.
 */
function jsonSchemaOf(tool: SchemaTool<unknown>): JsonObject {
  if (tool.jsonSchema) return tool.jsonSchema
  const standard: object = tool.parameters['~standard']
  const converter = 'jsonSchema' in standard ? standard.jsonSchema : undefined
  if (
    typeof converter === 'object' &&
    converter !== null &&
    'input' in converter &&
    typeof converter.input === 'function'
  ) {
    return cleanSchema(converter.input({ target: 'draft-07' }), tool.name)
  }
  if ('toJSONSchema' in tool.parameters && typeof tool.parameters.toJSONSchema === 'function') {
    return cleanSchema(tool.parameters.toJSONSchema(), tool.name)
  }
  throw new LlmError('INVALID_TOOL', `the schema of ${tool.name} has no JSON Schema form: pass jsonSchema`)
}

function cleanSchema(value: unknown, name: string): JsonObject {
  const copy = readJson(JSON.stringify(value) ?? '')
  if (!isJsonObject(copy))
    throw new LlmError('INVALID_TOOL', `the schema of ${name} has no JSON Schema form: pass jsonSchema`)
  const { $schema: _dialect, '~standard': _standard, ...schema } = copy
  return schema
}

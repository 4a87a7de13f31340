import { checkJsonSchema } from './check-json-schema.js'
import { isJsonObject, type JsonObject, type JsonValue, readJson } from './json.js'
import { LlmError } from './llm-error.js'
import type { WireTool } from './message.js'
import {
  checkStandard,
  isStandardSchema,
  jsonSchemaOf,
  type SchemaVerdict,
  type StandardSchema,
} from './standard-schema.js'
import { strictSchemaOf, withoutAddedNulls } from './strict-schema.js'

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
  /** Longest run, in milliseconds; the run's `toolTimeoutMs` unless given. */
  readonly timeoutMs?: number | undefined
}

/** Arguments that a tool accepts, or what is wrong with them. */
export type ArgumentsVerdict =
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly code: 'INVALID_JSON' | 'INVALID_ARGUMENTS'; readonly detail: string }

interface ToolTexts {
  readonly name: string
  readonly description?: string
  /**
   * Asks the provider to keep to the schema exactly. A Standard Schema is then sent in the form that strict modes take (optional members
   * nullable, constraints left out) where it can be said so, and checked in full here; a plain JSON Schema is sent as it stands.
   */
  readonly strict?: boolean
  /** Longest run, in milliseconds. */
  readonly timeoutMs?: number
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
  const { name, description, strict, timeoutMs } = tool
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    throw new LlmError('INVALID_TOOL', 'a tool name has 1 to 64 letters, digits, dashes or underscores')
  }
  const schema = isSchemaTool(tool) ? (tool.jsonSchema ?? jsonSchemaOf(tool.parameters, name)) : tool.parameters
  // A plain JSON Schema is the caller's own text: it is sent as it stands.
  const strictSchema = strict && isSchemaTool(tool) ? strictSchemaOf(schema) : undefined
  const wire: WireTool = {
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      parameters: strictSchema ?? schema,
      ...(strict === undefined ? {} : { strict: strict && (strictSchema !== undefined || !isSchemaTool(tool)) }),
    },
  }
  const clean = (given: JsonObject): JsonValue => (strictSchema ? withoutAddedNulls(given, schema) : given)
  const common = { wire, timeoutMs }
  if (isSchemaTool(tool)) {
    const { execute, parameters } = tool
    return {
      ...common,
      readArguments: (text) => readArguments(text, async (given) => checkStandard(clean(given), parameters)),
      execute: execute && (async (input, context) => execute(input, context)),
    }
  }
  const { execute } = tool
  return {
    ...common,
    readArguments: (text) =>
      readArguments(text, async (given) => {
        const detail = checkJsonSchema(given, schema)
        return detail === undefined ? { ok: true, value: given } : { ok: false, detail }
      }),
    execute: execute && (async (input, context) => execute(isJsonObject(input) ? input : {}, context)),
  }
}

function isSchemaTool(tool: JsonTool | SchemaTool<unknown>): tool is SchemaTool<unknown> {
  return isStandardSchema(tool.parameters)
}

/** Reads the text of arguments as an object; an empty text is what some models write for a tool without parameters. */
async function readArguments(
  text: string,
  judge: (given: JsonObject) => Promise<SchemaVerdict<unknown>>,
): Promise<ArgumentsVerdict> {
  const given: JsonValue | undefined = text.trim() === '' ? {} : readJson(text)
  if (!isJsonObject(given)) return { ok: false, code: 'INVALID_JSON', detail: 'the arguments are not a JSON object' }
  const verdict = await judge(given)
  return verdict.ok
    ? { ok: true, input: verdict.value }
    : { ok: false, code: 'INVALID_ARGUMENTS', detail: verdict.detail }
}

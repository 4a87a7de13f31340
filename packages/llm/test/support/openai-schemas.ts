import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { JsonObject } from '../../src/json.js'

/**
 * The parts of the OpenAI API description (openapi 3.1, API version 2.3.0, MIT, github.com/openai/openai-openapi) that our answers use, restated.
 * Members that the description lists without requiring them are checked where they occur; unknown members are allowed, as there.
 * `OPENAI_OPENAPI=<its openapi.json>` puts the description itself in their place.
 */
const string = { type: 'string' }
const integer = { type: 'integer' }
const nullable = (schema: object): object => ({ anyOf: [schema, { type: 'null' }] })
const list = (items: object): object => ({ type: 'array', items })
const constant = (...values: readonly string[]): object => ({ type: 'string', enum: values })
const ref = (name: string): object => ({ $ref: `#/$defs/${name}` })
const object = (properties: Readonly<Record<string, object>>, required: readonly string[]): object => ({
  type: 'object',
  properties,
  required,
})

const chatReasons = constant('stop', 'length', 'tool_calls', 'content_filter', 'function_call')
const tokenLogprobs = nullable(
  object({ content: nullable({ type: 'array' }), refusal: nullable({ type: 'array' }) }, ['content', 'refusal']),
)

const definitions = {
  usage: object(
    {
      completion_tokens: integer,
      prompt_tokens: integer,
      total_tokens: integer,
      completion_tokens_details: object({ reasoning_tokens: integer, audio_tokens: integer, text_tokens: integer }, []),
      prompt_tokens_details: object({ cached_tokens: integer, audio_tokens: integer, text_tokens: integer }, []),
    },
    ['prompt_tokens', 'completion_tokens', 'total_tokens'],
  ),
  toolCall: object(
    {
      id: string,
      type: constant('function'),
      function: object({ name: string, arguments: string }, ['name', 'arguments']),
    },
    ['id', 'type', 'function'],
  ),
  toolCallChunk: object(
    {
      index: integer,
      id: string,
      type: constant('function'),
      function: object({ name: string, arguments: string }, []),
    },
    ['index'],
  ),
  message: object(
    {
      role: constant('assistant'),
      content: nullable(string),
      refusal: nullable(string),
      tool_calls: list(ref('toolCall')),
    },
    ['role', 'content', 'refusal'],
  ),
  delta: object(
    {
      role: constant('developer', 'system', 'user', 'assistant', 'tool'),
      content: nullable(string),
      refusal: nullable(string),
      tool_calls: list(ref('toolCallChunk')),
    },
    [],
  ),
  'chat.completion': object(
    {
      id: string,
      object: constant('chat.completion'),
      created: integer,
      model: string,
      system_fingerprint: string,
      usage: ref('usage'),
      choices: list(
        object({ index: integer, message: ref('message'), logprobs: tokenLogprobs, finish_reason: chatReasons }, [
          'finish_reason',
          'index',
          'message',
          'logprobs',
        ]),
      ),
    },
    ['choices', 'created', 'id', 'model', 'object'],
  ),
  'chat.completion.chunk': object(
    {
      id: string,
      object: constant('chat.completion.chunk'),
      created: integer,
      model: string,
      system_fingerprint: string,
      usage: nullable(ref('usage')),
      choices: list(
        object({ index: integer, delta: ref('delta'), logprobs: tokenLogprobs, finish_reason: nullable(chatReasons) }, [
          'delta',
          'finish_reason',
          'index',
        ]),
      ),
    },
    ['choices', 'created', 'id', 'model', 'object'],
  ),
  text_completion: object(
    {
      id: string,
      object: constant('text_completion'),
      created: integer,
      model: string,
      system_fingerprint: string,
      usage: ref('usage'),
      choices: list(
        // The description knows no chunks of completions: in a stream every chunk but the last has no reason yet.
        object(
          {
            index: integer,
            text: string,
            logprobs: nullable({ type: 'object' }),
            finish_reason: nullable(constant('stop', 'length', 'content_filter')),
          },
          ['finish_reason', 'index', 'logprobs', 'text'],
        ),
      ),
    },
    ['id', 'object', 'created', 'model', 'choices'],
  ),
  'list of embeddings': object(
    {
      object: constant('list'),
      model: string,
      data: list(
        object(
          { index: integer, object: constant('embedding'), embedding: { anyOf: [list({ type: 'number' }), string] } },
          ['index', 'object', 'embedding'],
        ),
      ),
      usage: object({ prompt_tokens: integer, total_tokens: integer }, ['prompt_tokens', 'total_tokens']),
    },
    ['object', 'model', 'data', 'usage'],
  ),
  response: object(
    {
      id: string,
      object: constant('response'),
      created_at: { type: 'number' },
      model: string,
      status: constant('completed', 'failed', 'in_progress', 'cancelled', 'queued', 'incomplete'),
      error: nullable(object({ code: string, message: string }, ['code', 'message'])),
      incomplete_details: nullable(object({ reason: constant('max_output_tokens', 'content_filter') }, [])),
      instructions: nullable({ anyOf: [string, { type: 'array' }] }),
      max_output_tokens: nullable(integer),
      output: list({ anyOf: [ref('outputMessage'), ref('functionCall'), ref('reasoningItem')] }),
      parallel_tool_calls: { type: 'boolean' },
      temperature: nullable({ type: 'number' }),
      top_p: nullable({ type: 'number' }),
      tools: list(object({ type: constant('function'), name: string }, ['type', 'name', 'parameters', 'strict'])),
      metadata: nullable({ type: 'object' }),
      user: string,
      usage: object(
        {
          input_tokens: integer,
          input_tokens_details: object({ cached_tokens: integer, cache_write_tokens: integer }, [
            'cached_tokens',
            'cache_write_tokens',
          ]),
          output_tokens: integer,
          output_tokens_details: object({ reasoning_tokens: integer }, ['reasoning_tokens']),
          total_tokens: integer,
        },
        ['input_tokens', 'input_tokens_details', 'output_tokens', 'output_tokens_details', 'total_tokens'],
      ),
    },
    [
      'id',
      'object',
      'created_at',
      'error',
      'incomplete_details',
      'instructions',
      'model',
      'tools',
      'output',
      'parallel_tool_calls',
      'metadata',
      'tool_choice',
      'temperature',
      'top_p',
    ],
  ),
  outputMessage: object(
    {
      id: string,
      type: constant('message'),
      role: constant('assistant'),
      status: constant('in_progress', 'completed', 'incomplete'),
      content: list(
        object({ type: constant('output_text', 'refusal'), text: string, refusal: string, annotations: list(string) }, [
          'type',
        ]),
      ),
    },
    ['id', 'type', 'role', 'content', 'status'],
  ),
  functionCall: object(
    { id: string, type: constant('function_call'), call_id: string, name: string, arguments: string },
    ['type', 'call_id', 'name', 'arguments'],
  ),
  reasoningItem: object({ id: string, type: constant('reasoning'), summary: { type: 'array' } }, [
    'id',
    'summary',
    'type',
  ]),
  error: object(
    {
      error: object({ code: nullable(string), message: string, param: nullable(string), type: string }, [
        'type',
        'message',
        'param',
        'code',
      ]),
    },
    ['error'],
  ),
}

/** What the description calls our kinds of answers. */
const namesInDescription: Readonly<Record<string, string>> = {
  'chat.completion': 'CreateChatCompletionResponse',
  'chat.completion.chunk': 'CreateChatCompletionStreamResponse',
  text_completion: 'CreateCompletionResponse',
  'list of embeddings': 'CreateEmbeddingResponse',
  response: 'Response',
  error: 'ErrorResponse',
}

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false })
const description = process.env['OPENAI_OPENAPI']
if (description === undefined) ajv.addSchema({ $id: 'openai', $defs: definitions })
else ajv.addSchema({ $id: 'openai', components: withoutNullable(readComponents(description)) })

function readComponents(file: string): object {
  const { components } = JSON.parse(readFileSync(file, 'utf8'))
  // It knows no chunks of completions, which have no reason yet, and no vectors in base64.
  const completion = components.schemas.CreateCompletionResponse.properties.choices.items.properties
  completion.finish_reason = nullable(completion.finish_reason)
  const embedding = components.schemas.Embedding.properties
  embedding.embedding = { anyOf: [embedding.embedding, string] }
  return components
}

/** The description mixes in a word of its older dialect that validators of this one do not know. */
function withoutNullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNullable)
  if (typeof schema !== 'object' || schema === null) return schema
  const { nullable: isNullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withoutNullable(value)]),
  )
  return isNullable === true ? { anyOf: [rest, { type: 'null' }] } : rest
}

/** What is wrong with an answer by the OpenAI API description; empty when nothing is. Its `object` says what it wants to be. */
export function complaintsAbout(json: JsonObject): readonly string[] {
  return complaintsAboutKind(json, String(json['object']))
}

/** The same for an answer that does not say what it is. */
export function complaintsAboutKind(json: JsonObject, kind: string): readonly string[] {
  const place = description === undefined ? `$defs/${kind}` : `components/schemas/${namesInDescription[kind] ?? kind}`
  const validate: ValidateFunction | undefined = ajv.getSchema(`openai#/${place.replaceAll(' ', '%20')}`)
  if (!validate) return [`${kind} is no kind of answer`]
  validate(json)
  return (validate.errors ?? []).map((error: ErrorObject) => `${error.instancePath} ${error.message}`)
}

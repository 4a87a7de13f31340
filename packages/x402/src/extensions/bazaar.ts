import type { JsonObject } from '../protocol/json.js'

/** Key of the extension by which a resource describes itself to a directory of paid resources. */
export const BAZAAR_EXTENSION = 'bazaar'

/** How a paid resource is called and what it answers. */
export interface DiscoveryOptions {
  readonly method: 'GET' | 'HEAD' | 'DELETE' | 'POST' | 'PUT' | 'PATCH'
  /** An example of the query (GET, HEAD, DELETE) or of the body (POST, PUT, PATCH). */
  readonly input?: JsonObject
  /** JSON Schema of the same. */
  readonly inputSchema?: JsonObject
  /** How the body is written; `json` when absent. Without meaning for methods that carry none. */
  readonly bodyType?: 'json' | 'form-data' | 'text'
  readonly output?: { readonly example: JsonObject; readonly schema?: JsonObject }
}

/** Declares a resource to directories: the value of `extensions.bazaar` in a 402. */
export function discoveryExtension(options: DiscoveryOptions): JsonObject {
  const { method, input = {}, inputSchema = { properties: {} }, bodyType = 'json', output } = options
  const carriesBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
  return {
    info: {
      input: { type: 'http', method, ...(carriesBody ? { bodyType, body: input } : { queryParams: input }) },
      ...(output === undefined ? {} : { output: { type: 'json', example: output.example } }),
    },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        input: {
          type: 'object',
          properties: {
            type: { type: 'string', const: 'http' },
            method: { type: 'string', enum: [method] },
            ...(carriesBody
              ? { bodyType: { type: 'string', enum: ['json', 'form-data', 'text'] }, body: inputSchema }
              : { queryParams: { type: 'object', ...inputSchema } }),
          },
          required: carriesBody ? ['type', 'method', 'bodyType', 'body'] : ['type', 'method'],
          additionalProperties: false,
        },
        ...(output === undefined
          ? {}
          : {
              output: {
                type: 'object',
                properties: { type: { type: 'string' }, example: { type: 'object', ...output.schema } },
                required: ['type'],
              },
            }),
      },
      required: ['input'],
    },
  }
}

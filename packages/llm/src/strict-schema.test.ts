import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { JsonObject, JsonValue } from './json.js'
import { jsonSchemaOf } from './standard-schema.js'
import { strictSchemaOf, withoutAddedNulls } from './strict-schema.js'

describe('strictSchemaOf', () => {
  test('default: closed, everything required, constraints left out', () => {
    const schema = jsonSchemaOf(
      z.object({
        name: z.string().min(1).max(9).describe('who'),
        age: z.int().optional(),
        tags: z.array(z.object({ id: z.string().default('x') })),
        kind: z.enum(['a', 'b']).nullable(),
      }),
      'test',
    )
    const strict = strictSchemaOf(schema)
    expect(strict).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', description: 'who' },
        age: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        tags: {
          type: 'array',
          items: {
            type: 'object',
            properties: { id: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
            required: ['id'],
            additionalProperties: false,
          },
        },
        kind: { anyOf: [{ type: 'string', enum: ['a', 'b'] }, { type: 'null' }] },
      },
      required: ['name', 'age', 'tags', 'kind'],
      additionalProperties: false,
    })
  })

  test('behavior: recursion', () => {
    const node: z.ZodType = z.object({
      value: z.string(),
      get next() {
        return node.optional()
      },
    })
    const schema = jsonSchemaOf(node, 'node')
    expect(strictSchemaOf(schema)).toMatchObject({
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['value', 'next'],
    })
    const list = { value: 'a', next: { value: 'b', next: null } }
    expect(withoutAddedNulls(list, schema)).toEqual({ value: 'a', next: { value: 'b' } })
  })

  test.each<[string, JsonObject]>([
    ['a record', { type: 'object', properties: { r: { type: 'object', additionalProperties: { type: 'string' } } } }],
    ['an open object', { type: 'object', properties: {}, additionalProperties: true }],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }] }],
    ['allOf', { allOf: [{ type: 'object' }, { required: ['a'] }] }],
    ['anything at all', { type: 'object', properties: { any: {} } }],
    ['an array of anything', { type: 'array' }],
    ['a schema that is true', { type: 'object', properties: { any: true } }],
  ])('error: %s cannot be said strictly', (_name, schema) => {
    expect(strictSchemaOf(schema)).toBeUndefined()
  })

  test('behavior: a member named __proto__ is a member', () => {
    const schema: JsonObject = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}')
    expect(JSON.stringify(strictSchemaOf(schema))).toContain('"__proto__"')
    const value: JsonObject = JSON.parse('{"__proto__":{"polluted":true}}')
    const cleaned = withoutAddedNulls(value, schema)
    expect(Object.getPrototypeOf(cleaned)).toBe(Object.prototype)
    expect(JSON.stringify(cleaned)).toBe(JSON.stringify(value))
  })
})

describe('withoutAddedNulls', () => {
  test('default: a null stays where the schema allows it', () => {
    const schema = jsonSchemaOf(
      z.object({ a: z.string().optional(), b: z.string().nullable().optional(), c: z.string().nullable() }),
      'test',
    )
    expect(withoutAddedNulls({ a: null, b: null, c: null }, schema)).toEqual({ b: null, c: null })
  })

  test('behavior: in the variant of a union that fits', () => {
    const schema = jsonSchemaOf(
      z.object({
        shape: z.union([
          z.object({ kind: z.literal('circle'), radius: z.number(), label: z.string().optional() }),
          z.object({ kind: z.literal('square'), side: z.number(), label: z.string().nullable() }),
        ]),
      }),
      'test',
    )
    const circle = { shape: { kind: 'circle', radius: 1, label: null } }
    const square = { shape: { kind: 'square', side: 1, label: null } }
    expect(withoutAddedNulls(circle, schema)).toEqual({ shape: { kind: 'circle', radius: 1 } })
    expect(withoutAddedNulls(square, schema)).toEqual(square)
  })

  const json: fc.Arbitrary<JsonValue> = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))
  property.prop([json])('behavior: values of other schemas stay as they are', (value) => {
    expect(withoutAddedNulls(value, { type: 'string' })).toEqual(value)
  })
})

import { describe, expect, test } from 'vitest'
import { checkJsonSchema } from './check-json-schema.js'
import type { JsonObject, JsonValue } from './json.js'

const schema: JsonObject = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    unit: { enum: ['c', 'f'] },
    count: { type: 'integer', minimum: 1, maximum: 5 },
    tags: { type: 'array', items: { type: 'string' } },
    maybe: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/point' }] },
    kind: { const: 'k' },
  },
  required: ['name'],
  additionalProperties: false,
  $defs: { point: { type: 'object', properties: { x: { type: ['number', 'null'] } }, required: ['x'] } },
}

describe('checkJsonSchema', () => {
  test.each<[JsonValue]>([
    [{ name: '' }],
    [{ name: 'a', unit: 'c', count: 5, tags: ['x'], maybe: null, kind: 'k' }],
    [{ name: 'a', maybe: { x: null } }],
  ])('default: accepts %j', (value) => {
    expect(checkJsonSchema(value, schema)).toBeUndefined()
  })

  test.each<[JsonValue, string]>([
    [[], 'the value must be object'],
    [{}, 'name is missing'],
    [{ name: 1 }, 'name must be string'],
    [{ name: 'a', unit: 'k' }, 'unit must be one of ["c","f"]'],
    [{ name: 'a', count: 1.5 }, 'count must be integer'],
    [{ name: 'a', count: 0 }, 'count must be at least 1'],
    [{ name: 'a', count: 6 }, 'count must be at most 5'],
    [{ name: 'a', tags: ['x', 2] }, 'tags[1] must be string'],
    [{ name: 'a', maybe: { x: 'no' } }, 'maybe must be null'],
    [{ name: 'a', kind: 'other' }, 'kind must be "k"'],
    [{ name: 'a', toString: 1 }, 'toString is not a parameter'],
  ])('error: refuses %j', (value, complaint) => {
    expect(checkJsonSchema(value, schema)).toBe(complaint)
  })

  test('error: a schema that refers to itself for ever', () => {
    expect(checkJsonSchema({ a: 1 }, { anyOf: [{ $ref: '#' }, { $ref: '#' }] })).toContain('nested too deeply')
  })
})

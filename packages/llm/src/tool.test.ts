import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { StandardSchema } from './standard-schema.js'
import { defineTool } from './tool.js'

describe('defineTool', () => {
  test('default', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const tool = defineTool({ name: 'weather', description: 'Weather', parameters, strict: true })
    expect(tool.wire).toEqual({
      type: 'function',
      function: { name: 'weather', description: 'Weather', parameters, strict: true },
    })
    expect(tool.execute).toBeUndefined()
    expect(await tool.readArguments('{"city":"Dallas"}')).toEqual({ ok: true, input: { city: 'Dallas' } })
  })

  test('behavior: zod describes itself, validates and transforms', async () => {
    const schema = z.object({
      city: z.string(),
      days: z.number().int().min(1).default(3),
      unit: z.enum(['c', 'f']).transform((unit) => unit.toUpperCase()),
    })
    const tool = defineTool({ name: 'weather', parameters: schema, execute: async (input) => input })
    const sent = tool.wire.function.parameters
    expect(sent).toMatchObject({
      type: 'object',
      properties: { city: { type: 'string' }, unit: { enum: ['c', 'f'] } },
      required: ['city', 'unit'],
    })
    expect(sent).not.toHaveProperty('$schema')
    expect(await tool.readArguments('{"city":"Dallas","unit":"f"}')).toEqual({
      ok: true,
      input: { city: 'Dallas', days: 3, unit: 'F' },
    })
    const refused = await tool.readArguments('{"city":5,"unit":"f"}')
    expect(refused).toMatchObject({ ok: false, code: 'INVALID_ARGUMENTS' })
    expect(JSON.stringify(refused)).toContain('city: ')
  })

  const bare: StandardSchema<{ readonly x: number }> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) =>
        value instanceof Object && 'x' in value ? { value: { x: 1 } } : { issues: [{ message: 'no x' }] },
    },
  }

  test('behavior: another Standard Schema with a JSON Schema beside it', async () => {
    const tool = defineTool({ name: 'f', parameters: bare, jsonSchema: { type: 'object' } })
    expect(tool.wire.function.parameters).toEqual({ type: 'object' })
    expect(await tool.readArguments('')).toEqual({ ok: false, code: 'INVALID_ARGUMENTS', detail: 'no x' })
    expect(await tool.readArguments('{"x":0}')).toEqual({ ok: true, input: { x: 1 } })
  })

  test('error: a schema without a JSON Schema form', () => {
    expect(() => defineTool({ name: 'f', parameters: bare })).toThrow('has no JSON Schema form')
  })

  test.each(['', 'two words', 'ö', 'x'.repeat(65)])('error: the name %j', (name) => {
    expect(() => defineTool({ name, parameters: {} })).toThrow('a tool name')
  })
})

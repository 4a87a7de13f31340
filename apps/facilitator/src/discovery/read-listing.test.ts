import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { discoveryExtension } from '@og/x402/extensions'
import { bazaarResourceServerExtension, declareDiscoveryExtension } from '@x402/extensions/bazaar'
import { describe, expect, test } from 'vitest'
import { parseRouteTemplate, readListing } from './read-listing.js'

const requirements: PaymentRequirements = {
  scheme: 'exact',
  network: 'eip155:84532',
  amount: '1000',
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  maxTimeoutSeconds: 60,
}
const ours = discoveryExtension({
  method: 'POST',
  input: { q: 'hello' },
  inputSchema: { properties: { q: { type: 'string' } }, required: ['q'] },
})

function payloadOf(extension: unknown, resource: object = {}): PaymentPayload {
  return {
    x402Version: 2,
    resource: { url: 'https://api.example/chat?secret=1#x', description: 'Answers', ...resource },
    accepted: requirements,
    payload: {},
    extensions: { bazaar: extension as never, other: { info: { id: 'private' } } },
  }
}
const read = (extension: unknown, resource: object = {}, privateHosts = false) =>
  readListing(payloadOf(extension, resource), requirements, { privateHosts })
const reasonOf = (extension: unknown, resource: object = {}) => {
  const listing = read(extension, resource)
  return listing?.ok === false ? listing.reason : `listed: ${JSON.stringify(listing)}`
}

describe('readListing', () => {
  test('default: a resource by its address without the query, and nothing of the payment', () => {
    const listing = read(ours)
    expect(listing).toMatchObject({
      ok: true,
      input: {
        resource: 'https://api.example/chat',
        type: 'http',
        toolName: '',
        payTo: requirements.payTo,
        accepted: requirements,
        metadata: { description: 'Answers', extensions: { bazaar: ours } },
      },
    })
    expect(JSON.stringify(listing)).not.toMatch(/secret|private/)
  })

  test('default: no declaration, no listing', () => {
    const payload: PaymentPayload = { x402Version: 2, accepted: requirements, payload: {} }
    expect(readListing(payload, requirements, { privateHosts: false })).toBeUndefined()
  })

  test('default: what the official package declares', () => {
    const declared = declareDiscoveryExtension({
      input: { city: 'Paris' },
      inputSchema: { properties: { city: { type: 'string' } }, required: ['city'] },
      output: { example: { weather: 'fine' } },
    })
    const enrich = bazaarResourceServerExtension.enrichDeclaration?.bind(bazaarResourceServerExtension)
    const enriched = enrich?.(declared['bazaar'], { method: 'GET', adapter: { getPath: () => '/chat' } } as never)
    expect(read(enriched)).toMatchObject({ ok: true, input: { type: 'http' } })
    const tool = declareDiscoveryExtension({
      toolName: 'translate',
      description: 'Translates text',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    } as never)
    const listing = read(tool['bazaar'])
    expect(listing).toMatchObject({ ok: true, input: { type: 'mcp', toolName: 'translate' } })
    expect(listing?.ok === true && listing.input.words).toContain('Translates text')
  })

  test('behavior: a route with parameters is one entry, without this payer’s parameters', () => {
    const info = { input: { type: 'http', method: 'GET', pathParams: { user: 'alice' } } }
    const listing = read({ info, schema: {}, routeTemplate: '/users/:user' })
    expect(listing).toMatchObject({ ok: true, input: { resource: 'https://api.example/users/:user' } })
    expect(JSON.stringify(listing)).not.toContain('alice')
  })

  const info = { input: { type: 'http', method: 'GET' } }
  test.each([
    ['a text', 'x', /not an object/],
    ['no schema', { info }, /must be objects/],
    ['info that breaks its own schema', { info, schema: { required: ['output'] } }, /failed schema validation/],
    ['another draft', { info, schema: { $schema: 'http://json-schema.org/draft-07/schema#' } }, /draft/],
    ['a reference to elsewhere', { info, schema: { $ref: 'https://evil.example/schema' } }, /references/],
    ['a reference to itself', { info, schema: { allOf: [{ $ref: '#' }, { $ref: '#' }] } }, /references/],
    ['an identifier', { info, schema: { properties: { a: { $id: 'file:///etc/passwd' } } } }, /references/],
    ['a method that is none', { info: { input: { type: 'http', method: 'HACK' } }, schema: {} }, /method/],
    ['a body without a type', { info: { input: { type: 'http', method: 'POST' } }, schema: {} }, /bodyType/],
    ['another kind', { info: { input: { type: 'ftp' } }, schema: {} }, /neither/],
    ['a tool without a name', { info: { input: { type: 'mcp', inputSchema: {} } }, schema: {} }, /toolName/],
    ['a tool without a schema', { info: { input: { type: 'mcp', toolName: 'a' } }, schema: {} }, /inputSchema/],
    [
      'a declaration that is too long',
      { info: { ...info, output: { type: 'json', example: 'x'.repeat(40_000) } }, schema: {} },
      /too long/,
    ],
    [
      'many alternatives for many values',
      { info: { ...info, x: Array(300).fill(0) }, schema: { items: { anyOf: Array(400).fill({ const: 1 }) } } },
      /together are too large/,
    ],
    ['5,000 values', { info: { ...info, more: Array(5_000).fill(1) }, schema: {} }, /too large/],
  ])('error: %s', (_name, extension, reason) => {
    expect(reasonOf(extension)).toMatch(reason)
  })

  test('error: values are never compared each with each', () => {
    const schema = { properties: { x: { allOf: Array(20).fill({ uniqueItems: true }) } } }
    expect(read({ info: { input: { type: 'http', method: 'GET' }, x: [1, 1] }, schema })?.ok).toBe(true)
  })

  test('error: a pattern is never run', () => {
    const schema = { properties: { input: { properties: { method: { pattern: '^(([A-Z])+)+$', type: 'string' } } } } }
    const started = performance.now()
    expect(read({ info: { input: { type: 'http', method: 'GET' }, x: `${'A'.repeat(40)}!` }, schema })?.ok).toBe(true)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test.each([
    'http://localhost/x',
    'http://127.0.0.1/x',
    'http://2130706433/x',
    'http://0x7f000001/x',
    'http://[::1]/x',
    'https://user:password@api.example/x',
    'ftp://api.example/x',
    'javascript:alert(1)',
    'api.example/x',
  ])('error: %s is not listed in public', (url) => {
    expect(reasonOf(ours, { url })).toMatch(/resource\.url/)
  })

  test('behavior: a private network lists its own hosts when it is told to', () => {
    expect(read(ours, { url: 'http://127.0.0.1:4000/x?y' }, true)).toMatchObject({
      ok: true,
      input: { resource: 'http://127.0.0.1:4000/x' },
    })
  })

  test('behavior: metadata that breaks a rule is dropped, the rest stays', () => {
    const listing = read(ours, {
      serviceName: 'Weather \u0007',
      tags: ['one', 'ONE', '', 'two', 'x'.repeat(33), 'three', 'four', 'five', 'six'],
      iconUrl: 'http://169.254.169.254/icon',
    })
    const metadata = listing?.ok === true ? listing.input.metadata : {}
    expect(metadata['tags']).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(metadata).not.toHaveProperty('serviceName')
    expect(metadata).not.toHaveProperty('iconUrl')
    expect(read(ours, { iconUrl: 'https://cdn.example/i.png', serviceName: 'Good' })).toMatchObject({
      input: { metadata: { iconUrl: 'https://cdn.example/i.png', serviceName: 'Good' } },
    })
  })
})

describe('parseRouteTemplate', () => {
  test.each(['/users/:id', '/a/b.c~d%20e'])('default: %s', (template) => {
    expect(parseRouteTemplate(template)).toBe(template)
  })
  test.each([
    '',
    'users',
    '/',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a/%252e%252e/b',
    '/http%3A%2F%2Fevil',
    '/a b',
    '/%zz',
    7,
    undefined,
  ])('error: %s', (template) => {
    expect(parseRouteTemplate(template)).toBeUndefined()
  })
})

import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { NodeRequest } from './node-messages.js'
import { createUrlReader } from './node-paywall-request.js'

function requestOf(host: string | undefined, url: string): NodeRequest {
  return {
    url,
    headers: { host },
    rawHeaders: [],
    socket: {},
    async *[Symbol.asyncIterator]() {},
  }
}

function expected(base: string, path: string): string {
  try {
    return new URL(`${base}${path}`).href
  } catch {
    return 'no URL'
  }
}

describe('createUrlReader', () => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '/',
    '//',
    '.',
    '..',
    '/./',
    '%2e',
    '%2F',
    '\\',
    '?',
    '#',
    '=',
    '&',
    ' ',
    'é',
    '@',
    ':',
  )
  const paths = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`)
  const hosts = fc.constantFrom(
    'api.example',
    'API.Example',
    'a:80',
    'a:8080',
    '127.1',
    '[::1]',
    'a b',
    'u@a',
    'a/b',
    'a?b',
    'a#',
    '',
  )

  property.prop([fc.array(fc.tuple(hosts, paths), { minLength: 4, maxLength: 12 })], { numRuns: 500 })(
    'behavior: [40] what is remembered of a host never changes what a URL is',
    (requests) => {
      const read = createUrlReader(undefined)
      for (const [host, path] of [...requests, ...requests]) {
        let url: string
        try {
          url = read(requestOf(host, path))
        } catch {
          url = 'no URL'
        }
        expect(url).toBe(expected(`http://${host}`, path))
      }
    },
  )

  test('default: under an origin of its own, whatever the Host header says', () => {
    const read = createUrlReader('https://api.example')
    for (const path of ['/v1/chat', '/v1/chat', '/v1/../admin', '/v1/chat?x=1']) {
      expect(read(requestOf('evil.example', path))).toBe(new URL(path, 'https://api.example').href)
    }
  })
})

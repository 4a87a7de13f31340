import { describe, expect, it } from 'vitest'
import { ChannelError } from './channel-error.js'
import { plainErrorOf } from './plain-error.js'

describe('plainErrorOf', () => {
  it.each([
    ['UNKNOWN_KEY', 421, 'key_rotated', 'invalid_request_error'],
    ['UNSUPPORTED_VERSION', 400, 'seal_version', 'invalid_request_error'],
    ['MALFORMED', 400, 'seal_unreadable', 'invalid_request_error'],
    ['OPEN_FAILED', 400, 'seal_unreadable', 'invalid_request_error'],
    ['STALE', 400, 'seal_stale', 'invalid_request_error'],
    ['REPLAYED', 409, 'seal_replayed', 'invalid_request_error'],
    ['TOO_LARGE', 413, 'seal_too_large', 'invalid_request_error'],
    ['REPLAY_CACHE_FULL', 503, 'seal_capacity', 'server_error'],
    ['SEALER_MISUSE', 500, 'internal_error', 'server_error'],
  ] as const)('behavior: %s is %d %s', (code, status, wireCode, type) => {
    const plain = plainErrorOf(new ChannelError(code, 'with something private'))
    expect(plain.status).toBe(status)
    expect(plain.headers['content-type']).toBe('application/json')
    const { error } = JSON.parse(plain.body)
    expect(error).toEqual({ message: expect.any(String), type, param: null, code: wireCode })
    expect(plain.body).not.toContain('private')
  })
})

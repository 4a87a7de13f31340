import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createAdminKeys } from './admin-keys.js'
import type { Reply } from './reply.js'

const token = 'correct horse battery staple'
const key = 'sk-canary-0123456789'

function routeOf(change: { readonly oneTime?: boolean; readonly tokenSha256?: undefined } = {}) {
  const known = new Map<string, string>([['openai', '']])
  const lines: unknown[] = []
  let now = 0
  const log = { info: (...line: unknown[]) => void lines.push(line), warn: () => undefined, error: () => undefined }
  const route = createAdminKeys({
    tokenSha256: createHash('sha256').update(token).digest('hex'),
    oneTime: true,
    providers: [...known.keys()],
    setKey: (id, value) => void known.set(id, value),
    onSecret: () => undefined,
    clock: () => now,
    log,
    ...change,
  })
  const send = async (body: unknown, sealed = true) => {
    let status = 0
    let text = ''
    const reply: Reply = {
      signal: () => new AbortController().signal,
      head: async (code) => {
        status = code
      },
      write: async (bytes) => {
        text += Buffer.from(bytes).toString()
      },
      end: async () => undefined,
      whole: async (code, _headers, bytes) => {
        status = code
        text = Buffer.from(bytes).toString()
      },
    }
    await route({ body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), sealed }, reply)
    return [status, JSON.parse(text).error?.code ?? JSON.parse(text)]
  }
  return { send, known, lines, wait: (milliseconds: number) => (now += milliseconds) }
}

describe('POST /admin/keys', () => {
  test('takes keys once, keeps them in memory, and logs names only', async () => {
    const { send, known, lines } = routeOf()
    expect(await send({ token, keys: { openai: key } })).toEqual([200, { providers: ['openai'] }])
    expect(known.get('openai')).toBe(key)
    expect(JSON.stringify(lines)).not.toContain(key)
    expect(await send({ token, keys: { openai: 'sk-of-somebody-else' } })).toEqual([409, 'keys_already_set'])
    expect(known.get('openai')).toBe(key)
  })

  test('with a lasting token keys can be replaced', async () => {
    const { send, known } = routeOf({ oneTime: false })
    await send({ token, keys: { openai: key } })
    expect((await send({ token, keys: { openai: 'sk-the-next-one' } }))[0]).toBe(200)
    expect(known.get('openai')).toBe('sk-the-next-one')
  })

  test.each([
    ['unsealed', { token, keys: { openai: key } }, false, [400, 'sealing_required']],
    ['a wrong token', { token: `${token}.`, keys: { openai: key } }, true, [403, 'admin_refused']],
    ['no token', { keys: { openai: key } }, true, [400, 'invalid_request']],
    ['an unknown provider', { token, keys: { nobody: key } }, true, [400, 'invalid_request']],
    ['one among others', { token, keys: { openai: key, nobody: key } }, true, [400, 'invalid_request']],
    ['a key that is two lines', { token, keys: { openai: `${key}\r\nx: y` } }, true, [400, 'invalid_request']],
    ['no JSON', '{"token":', true, [400, 'invalid_request']],
    ['a repeated member', `{"token":"${token}","token":"x","keys":{}}`, true, [400, 'invalid_request']],
  ])('refuses %s', async (_name, body, sealed, answer) => {
    const { send, known } = routeOf()
    expect(await send(body, sealed)).toEqual(answer)
    expect(known.get('openai')).toBe('')
  })

  test('there is no such route without a token in the configuration', async () => {
    expect(await routeOf({ tokenSha256: undefined }).send({ token, keys: {} })).toEqual([404, 'not_found'])
  })

  test('a token is not used up by giving nothing', async () => {
    const { send } = routeOf()
    expect(await send({ token, keys: {} })).toEqual([400, 'invalid_request'])
    expect((await send({ token, keys: { openai: key } }))[0]).toBe(200)
  })

  test('guessing is limited, and keeps nobody out who knows the token', async () => {
    const { send, wait } = routeOf()
    const guess = (token: string) => send({ token, keys: { openai: key } })
    for (let wrong = 0; wrong < 10; wrong += 1) expect((await guess(`${wrong}`))[0]).toBe(403)
    expect(await guess('another')).toEqual([429, 'rate_limited'])
    expect((await guess(token))[0]).toBe(200)
    wait(61_000)
    expect((await guess('another'))[0]).toBe(403)
  })
})

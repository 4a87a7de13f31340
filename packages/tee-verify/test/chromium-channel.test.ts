import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ChannelError,
  createChannelServer,
  createSealingKey,
  plainErrorOf,
  type SealingKeyPair,
} from '../src/channel/index.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const title =
  executablePath === undefined
    ? 'sealed channel in chromium (skipped: install it with `apt-get install chromium`)'
    : 'sealed channel in chromium'
const secret = 'the prompt that nobody on the way may read'

describe.skipIf(executablePath === undefined)(title, () => {
  let server: Server
  let browser: Browser
  let key: SealingKeyPair
  let url: string
  let seen: { readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined
  let outer: Buffer | undefined
  let outerPayment: unknown
  let isTampering = false

  beforeAll(async () => {
    key = await createSealingKey()
    const channels = {
      outside: createChannelServer({ keys: () => [key] }),
      inside: createChannelServer({ keys: () => [key], paymentHeaders: 'inside' }),
    }
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'chromium-channel-page.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      conditions: ['@og/source'],
    })
    const script = outputFiles[0]?.text ?? ''

    async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const sent = Buffer.concat(chunks)
      const path = request.url ?? ''
      const channel = path.startsWith('/inside/') ? channels.inside : channels.outside
      const { headers, body, sealer } = await channel.open({
        method: 'POST',
        path,
        body: sent,
        headers: request.headers,
      })
      outer = sent
      outerPayment = request.headers['payment-signature']
      seen = { headers, body: new TextDecoder().decode(body) }
      const answerHeaders = { 'content-type': 'text/event-stream', 'payment-response': 'settled' }
      const outerHeaders = sealer.outerHeaders(answerHeaders)
      response.writeHead(200, isTampering ? { ...outerHeaders, 'payment-response': 'refunded' } : outerHeaders)
      response.write(await sealer.head({ status: 402, headers: answerHeaders }))
      for (const piece of ['data: one\n\n', 'data: zwölf\n\n', 'data: [DONE]\n\n']) {
        response.write(await sealer.chunk(new TextEncoder().encode(piece)))
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      response.end(await sealer.end())
    }

    server = createServer((request, response) => {
      if (request.method === 'POST') {
        answer(request, response).catch((error: unknown) => {
          if (!(error instanceof ChannelError)) throw error
          const plain = plainErrorOf(error)
          response.writeHead(plain.status, plain.headers).end(plain.body)
        })
        return
      }
      const isScript = request.url === '/page.js'
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' })
      response.end(isScript ? script : '<!doctype html><meta charset="utf-8"><script src="/page.js"></script>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  async function callFromPage(
    path: string,
    input: { readonly to: SealingKeyPair; readonly paymentHeaders: 'outside' | 'inside' },
  ): Promise<Answer> {
    const page = await browser.newPage()
    try {
      await page.goto(`${url}/`)
      const { to, paymentHeaders } = input
      return await page.evaluate(
        (given) => (globalThis as unknown as { callSealed(input: unknown): Promise<Answer> }).callSealed(given),
        {
          url: `${url}${path}`,
          publicKey: [...to.publicKey],
          body: JSON.stringify({ prompt: secret }),
          paymentHeaders,
        },
      )
    } finally {
      await page.close()
    }
  }

  it.each(['outside', 'inside'] as const)(
    'behavior: a page seals to a key of Node, its payment %s, and reads the streamed answer',
    async (paymentHeaders) => {
      const path = paymentHeaders === 'inside' ? '/inside/v1/chat/completions' : '/v1/chat/completions'
      const result = await callFromPage(path, { to: key, paymentHeaders })
      expect(result).toMatchObject({ status: 402, type: 'text/event-stream', settled: 'settled' })
      expect(result.pieces.join('')).toBe('data: one\n\ndata: zwölf\n\ndata: [DONE]\n\n')
      // The pieces came as they were sent, not at the end in one.
      expect(result.pieces.length).toBeGreaterThan(1)
      expect(JSON.parse(seen?.body ?? '')).toEqual({ prompt: secret })
      expect(seen?.headers['payment-signature']).toBe('a payment')
      expect(outerPayment).toBe(paymentHeaders === 'outside' ? 'a payment' : undefined)
      expect(outer?.includes(secret)).toBe(false)
      expect(outer?.includes('a payment')).toBe(false)

      const replay = { method: 'POST', body: new Uint8Array(outer ?? []) }
      const headers = paymentHeaders === 'outside' ? { 'payment-signature': 'a payment' } : {}
      const replayed = await fetch(`${url}${path}`, { ...replay, headers })
      expect(replayed.status).toBe(409)
      expect(await replayed.json()).toMatchObject({ error: { code: 'seal_replayed' } })
    },
  )

  it('error: a payment header of the answer is altered on the way to a page', async () => {
    isTampering = true
    const call = callFromPage('/v1/chat/completions', { to: key, paymentHeaders: 'outside' })
    await expect(call).rejects.toThrow(/outer payment headers/)
    isTampering = false
  })

  it('error: a page that seals to another key is told so', async () => {
    const call = callFromPage('/v1/chat/completions', { to: await createSealingKey(), paymentHeaders: 'outside' })
    await expect(call).rejects.toThrow(/key/i)
  })
})

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly settled: string | null
  readonly pieces: readonly string[]
}

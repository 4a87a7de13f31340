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
  SEALED_RESPONSE_HEADERS,
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

  beforeAll(async () => {
    key = await createSealingKey()
    const channel = createChannelServer({ keys: () => [key] })
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
      const { headers, body, sealer } = await channel.open({ method: 'POST', path: '/v1/chat/completions', body: sent })
      outer = sent
      seen = { headers, body: new TextDecoder().decode(body) }
      response.writeHead(200, SEALED_RESPONSE_HEADERS)
      response.write(await sealer.head({ status: 402, headers: { 'content-type': 'text/event-stream' } }))
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

  it('behavior: a page seals to a key of Node and reads the streamed answer; a replay of its bytes is refused', async () => {
    const page = await browser.newPage()
    await page.goto(`${url}/`)
    const result = await page.evaluate(
      (input) => (globalThis as unknown as { callSealed(input: unknown): Promise<Answer> }).callSealed(input),
      { url: `${url}/v1/chat/completions`, publicKey: [...key.publicKey], body: JSON.stringify({ prompt: secret }) },
    )
    expect(result).toMatchObject({ status: 402, type: 'text/event-stream' })
    expect(result.pieces.join('')).toBe('data: one\n\ndata: zwölf\n\ndata: [DONE]\n\n')
    // The pieces came as they were sent, not at the end in one.
    expect(result.pieces.length).toBeGreaterThan(1)
    expect(JSON.parse(seen?.body ?? '')).toEqual({ prompt: secret })
    expect(seen?.headers['payment-signature']).toBe('a payment')
    expect(outer?.includes(secret)).toBe(false)
    expect(outer?.includes('a payment')).toBe(false)

    const replayed = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: new Uint8Array(outer ?? []) })
    expect(replayed.status).toBe(409)
    expect(await replayed.json()).toMatchObject({ error: { code: 'seal_replayed' } })
    await page.close()
  })

  it('error: a page that seals to another key is told so', async () => {
    const page = await browser.newPage()
    await page.goto(`${url}/`)
    const other = await createSealingKey()
    const call = page.evaluate(
      (input) => (globalThis as unknown as { callSealed(input: unknown): Promise<Answer> }).callSealed(input),
      { url: `${url}/v1/chat/completions`, publicKey: [...other.publicKey], body: '{}' },
    )
    await expect(call).rejects.toThrow(/key/i)
    await page.close()
  })
})

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly pieces: readonly string[]
}

import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const title =
  executablePath === undefined
    ? 'receipt vectors in chromium (skipped: install it with `apt-get install chromium`)'
    : 'receipt vectors in chromium'

describe.skipIf(executablePath === undefined)(title, () => {
  let server: Server
  let browser: Browser

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'chromium-page.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      conditions: ['@og/source'],
    })
    const files: Readonly<Record<string, readonly [string, string]>> = {
      '/': ['text/html; charset=utf-8', '<!doctype html><meta charset="utf-8"><script src="/page.js"></script>'],
      '/page.js': ['text/javascript', outputFiles[0]?.text ?? ''],
      '/receipts.json': [
        'application/json',
        readFileSync(join(import.meta.dirname, '../vectors/receipts.json'), 'utf8'),
      ],
    }
    server = createServer((request, response) => {
      const [type, body] = files[request.url ?? ''] ?? []
      if (type === undefined) response.writeHead(404).end()
      else response.writeHead(200, { 'content-type': type }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  test('behavior: a page judges every published vector as it must', async () => {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const results = await page.evaluate((url) => {
      const { runPublished } = globalThis as unknown as { runPublished(url: string): Promise<Result[]> }
      return runPublished(url)
    }, '/receipts.json')
    expect(results.length).toBe(145)
    expect(results.filter(({ found, expected }) => found !== expected)).toEqual([])
  })
})

interface Result {
  readonly name: string
  readonly found: string
  readonly expected: string
}

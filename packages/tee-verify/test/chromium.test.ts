import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vectorNames } from './vector-files.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const title =
  executablePath === undefined ? 'chromium (skipped: install it with `apt-get install chromium`)' : 'chromium'

const judgements: Readonly<Record<string, readonly [ok: boolean, status: string, code: string, step: string]>> =
  JSON.parse(readFileSync(join(import.meta.dirname, 'vectors', 'judgements.json'), 'utf8'))

/** All files of all vectors of one kind, in base64. */
function filesOf(kind: 'real' | 'synthetic'): Record<string, Record<string, string>> {
  const folderOf = (name: string): string => join(import.meta.dirname, 'vectors', kind, name)
  return Object.fromEntries(
    vectorNames(kind).map((name) => [
      name,
      Object.fromEntries(
        readdirSync(folderOf(name)).map((file) => [file, readFileSync(join(folderOf(name), file), 'base64')]),
      ),
    ]),
  )
}

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
    const script = outputFiles[0]?.text ?? ''
    // An origin on the loopback address is a secure context: without one a page has no WebCrypto.
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      response.end(isScript ? script : '<!doctype html><script src="/page.js"></script>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each(['real', 'synthetic'] as const)(
    'behavior: judges the %s vectors as Node does, on WebCrypto',
    async (kind) => {
      const page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      const judged = await page.evaluate(
        (vectors) => (globalThis as unknown as { judgeInPage(input: unknown): Promise<Judged[]> }).judgeInPage(vectors),
        filesOf(kind),
      )
      expect(judged.map(({ id }) => id)).toEqual(vectorNames(kind))
      for (const { id, ok, status, code, failedStep } of judged) {
        expect([id, ok, `${status}`, `${code}`, `${failedStep}`]).toEqual([id, ...(judgements[id] ?? [])])
      }
      await page.close()
    },
  )
})

interface Judged {
  readonly id: string
  readonly ok: boolean
  readonly status: string | null
  readonly code: string | null
  readonly failedStep: string | null
}

import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { simulatedMeasurements } from '@og/gateway'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PageInput, PageReport } from './client-page.js'
import { startTestDevnet, type TestDevnet } from './start-test-devnet.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const title =
  executablePath === undefined
    ? 'the client in chromium (skipped: install it with `apt-get install chromium`)'
    : 'the client in chromium'
const timeout = 120_000

describe.skipIf(executablePath === undefined)(title, () => {
  let network: TestDevnet
  let server: Server
  let browser: Browser

  beforeAll(async () => {
    const [devnet, bundle, launched] = await Promise.all([
      startTestDevnet(),
      build({
        entryPoints: [join(import.meta.dirname, 'client-page.ts')],
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        conditions: ['@og/source'],
      }),
      chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] }),
    ])
    network = devnet
    browser = launched
    const script = bundle.outputFiles[0]?.text ?? ''
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' })
      response.end(
        isScript ? script : '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }, timeout)
  afterAll(async () => {
    await browser?.close()
    server?.close()
    await network?.devnet.stop()
  })

  test('connects, attests, pays, streams, verifies, settles and keeps the proof, all in the page', {
    timeout,
  }, async () => {
    const { devnet } = network
    const payer = await network.payer({ tokens: 5_000_000n })
    const page = await browser.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const input: PageInput = {
      vanilla: devnet.vanillaGateway.url(),
      tee: devnet.gateway.url(),
      rpc: devnet.rpc,
      privateKey: payer.privateKey,
      policy: { platform: 'simulated', measurements: [simulatedMeasurements] },
    }
    const report = await page.evaluate(
      (given) => (globalThis as unknown as { callFromPage(input: PageInput): Promise<PageReport> }).callFromPage(given),
      input,
    )
    expect(faults).toEqual([])
    expect(report.attestation).toEqual({
      platform: 'simulated',
      tcbStatus: 'UpToDate',
      mrTd: simulatedMeasurements.mrTd,
    })
    expect(report.text).toContain('HAL')
    expect(report.pieces).toBeGreaterThan(1)
    expect(report.failedSteps).toEqual([])
    expect(report.steps).toBeGreaterThan(40)
    expect(report.sealedAnswer).toBe(true)
    expect(BigInt(report.amounts.before) - BigInt(report.amounts.after)).toBe(BigInt(report.amounts.charged))
    expect(BigInt(report.amounts.charged)).toBeGreaterThan(0n)
    expect(report.settled).toContain('payment on chain true')
    expect(report.settled).toContain('record on chain true')
    expect(report.receipt).toEqual({ ok: true, failed: [] })
    expect(report.kept).toEqual([`og-client:receipt.${report.paymentHash}`])
    expect(report.refusal.code).toBe('VERIFICATION_ATTESTATION')
    // The chain saw the same as the page: one payment.
    expect(await network.transfersFrom(payer.address)).toEqual([BigInt(report.amounts.charged)])
    expect(report.requests.filter((request) => request === 'POST /v1/chat/completions')).toHaveLength(2)
    await page.close()
  })
})

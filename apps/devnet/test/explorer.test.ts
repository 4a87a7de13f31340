import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createClient } from '@og/client'
import { simulatedMeasurements } from '@og/gateway'
import axe from 'axe-core'
import { type Browser, chromium, type Page, type Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Devnet } from '../src/start-devnet.js'
import { startExplorer } from '../src/start-explorer.js'
import { startTestDevnet } from './start-test-devnet.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const name =
  executablePath === undefined ? 'explorer (skipped: install it with `apt-get install chromium`)' : 'explorer'
const screenshots = join(import.meta.dirname, '..', '..', '..', '.og', 'screenshots')
const hostile = '<img src=x onerror="window.isBroken=1"><script>window.isBroken=1</script>'

describe.skipIf(executablePath === undefined)(name, () => {
  let devnet: Devnet
  let explorer: Awaited<ReturnType<typeof startExplorer>>
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  let receipt = ''
  let request = ''
  let response = ''
  let paymentHash = ''

  beforeAll(async () => {
    devnet = (await startTestDevnet()).devnet
    ;[explorer, browser] = await Promise.all([
      startExplorer(devnet),
      chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] }),
    ])
    const client = createClient({
      privateKey: devnet.account.privateKey,
      baseUrl: { TEE: devnet.gateway.url(), VANILLA: devnet.vanillaGateway.url() },
      trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
      rpcUrl: devnet.rpc,
    })
    const open = await client.llmChat({
      model: 'openai/gpt-4.1',
      messages: [{ role: 'user', content: hostile }],
      inferenceMode: 'TEE',
      settlementMode: 'SETTLE_METADATA',
    })
    paymentHash = open.paymentHash
    const settlement = await open.settlement()
    receipt = JSON.stringify(client.receiptBundle(open, settlement))
    request = JSON.stringify(open.request)
    response = JSON.stringify(open.response)
    for (const settlementMode of ['SETTLE', 'SETTLE_BATCH'] as const) {
      const result = await client.llmCompletion({ model: 'openai/gpt-4o', prompt: 'Hello', settlementMode })
      await result.settlement()
    }
    mkdirSync(screenshots, { recursive: true })
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, acceptDownloads: true })
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (/Content.Security|Trusted|Uncaught/i.test(message.text())) complaints.push(message.text())
    })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await explorer?.stop()
    await devnet?.stop()
  })

  async function open(hash: string): Promise<void> {
    await page.goto('about:blank')
    await page.goto(`${explorer.url}/${hash}`)
  }

  async function findings(): Promise<readonly string[]> {
    await page.evaluate(axe.source)
    const result: { violations: { id: string; impact: string; nodes: { html: string }[] }[] } = await page.evaluate(
      'axe.run(document, { resultTypes: ["violations"] })',
    )
    return result.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  }

  test('default: the first page tells what happens, soon and small', async () => {
    const scripts: Promise<Buffer>[] = []
    const onResponse = (answer: Response): void => {
      if (answer.url().endsWith('.js')) scripts.push(answer.body())
    }
    page.on('response', onResponse)
    await open('#/')
    await page.waitForSelector('tbody tr')
    expect(await page.textContent('main')).toContain('SETTLE_METADATA')
    expect(await page.textContent('.total >> nth=1')).toMatch(/^2\D/)
    await page.screenshot({ path: join(screenshots, 'home.png') })
    page.off('response', onResponse)
    const compressed = (await Promise.all(scripts)).map((script) => gzipSync(script).length)
    expect(compressed.length).toBeGreaterThan(0)
    expect(compressed.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000)
    expect(await findings()).toEqual([])
  })

  test('default: an inference of SETTLE_METADATA shows prompt and answer as inert text, and its Merkle path', async () => {
    await open(`#/inference/${paymentHash}`)
    await page.waitForSelector('svg.merkle')
    const text = await page.textContent('main')
    expect(text).toContain('window.isBroken=1')
    expect(text).toContain('inclusion in that checkpoint')
    expect(await page.locator('.step-false').count()).toBe(0)
    expect(await page.evaluate('window.isBroken')).toBeUndefined()
    expect(await page.locator('main img, main script').count()).toBe(0)
    await page.screenshot({ path: join(screenshots, 'inference.png'), fullPage: true })
    expect(await findings()).toEqual([])
  })

  test('default: checkpoints are proven consistent in the page', async () => {
    await open('#/checkpoints')
    await page.waitForSelector('tbody tr')
    await expect.poll(() => page.textContent('main')).not.toContain('checking…')
    const text = await page.textContent('main')
    expect(text).toContain('the first')
    expect(text).not.toContain('it does not')
    expect(await findings()).toEqual([])
  })

  test('default: a TEE node’s quote is verified in the page', async () => {
    await open(`#/node/${devnet.gateway.nodeId()}`)
    await page.waitForSelector('.seal')
    expect(await page.textContent('main')).toMatch(/The quote is genuine[\s\S]*UpToDate[\s\S]*tcb-level/)
    expect(await page.locator('.step-false').count()).toBe(0)
    await page.screenshot({ path: join(screenshots, 'node.png'), fullPage: true })
    expect(await findings()).toEqual([])
  })

  const files = () =>
    [
      ['receipt.json', receipt],
      ['request.json', request],
      ['response.json', response],
    ] as const

  async function verify(contents: readonly (readonly [string, string])[]): Promise<string> {
    await open('#/verify')
    await page.setInputFiles(
      '#files',
      contents.map(([file, text]) => ({ name: file, mimeType: 'application/json', buffer: Buffer.from(text) })),
    )
    await page.selectOption('#trust', 'simulator')
    await page.click('button.main')
    await page.waitForSelector('ol[aria-label="Checks of the receipt"]')
    return (await page.textContent('main')) ?? ''
  }

  test('default: a receipt is verified in the page, and nothing leaves it', async () => {
    await open('#/verify')
    await page.waitForSelector('#files')
    const asked: string[] = []
    page.on('request', (sent) => void asked.push(sent.url()))
    await page.context().setOffline(true)
    try {
      await page.setInputFiles(
        '#files',
        files().map(([file, text]) => ({ name: file, mimeType: 'application/json', buffer: Buffer.from(text) })),
      )
      await page.selectOption('#trust', 'simulator')
      await page.click('button.main')
      await page.waitForSelector('.seal')
    } finally {
      await page.context().setOffline(false)
    }
    expect(asked).toEqual([])
    expect(await page.locator('.step-false').count()).toBe(0)
    await page.screenshot({ path: join(screenshots, 'verify.png'), fullPage: true })
    expect(await findings()).toEqual([])
  })

  test('error: a tampered answer and a tampered receipt are refused, each with its code', async () => {
    const otherAnswer = response.replace(/"content":"/, '"content":"not ')
    expect(otherAnswer).not.toBe(response)
    const [, asked] = files()
    expect(await verify([['receipt.json', receipt], asked, ['response.json', otherAnswer]])).toContain(
      'RESPONSE_COMMITMENT',
    )
    const parsed = JSON.parse(receipt)
    parsed.terms.charged = `${BigInt(parsed.terms.charged) + 1n}`
    const text = await verify([['receipt.json', JSON.stringify(parsed)]])
    expect(text).toContain('Refused: TERMS_HASH')
    expect(await page.locator('.step-false').count()).toBeGreaterThan(0)
  })

  test('error: the simulator’s receipt is refused when Intel’s word is asked for', async () => {
    await open('#/verify')
    await page.setInputFiles('#files', {
      name: 'receipt.json',
      mimeType: 'application/json',
      buffer: Buffer.from(receipt),
    })
    await page.selectOption('#trust', 'intel')
    await page.click('button.main')
    await page.waitForSelector('.problem')
    expect(await page.textContent('.problem')).toContain('Refused')
  })

  test('default: the playground attests, pays, asks, verifies and settles', async () => {
    await open('#/playground')
    await page.waitForSelector('text=Pay and ask')
    await expect.poll(() => page.inputValue('#model')).not.toBe('')
    await page.click('text=Pay and ask')
    await page.waitForSelector('[data-state=over]', { timeout: 60_000 })
    const text = await page.textContent('main')
    expect(text).toContain('Bonjour')
    expect(await page.locator('.problem').count()).toBe(0)
    expect(text).toMatch(/attested[\s\S]*paid[\s\S]*answer verified[\s\S]*settled/)
    const saved = page.waitForEvent('download')
    await page.click('text=Save receipt.json')
    const kept = readFileSync(await (await saved).path(), 'utf8')
    expect(JSON.parse(kept).version).toBe('og-receipt-1')
    await page.screenshot({ path: join(screenshots, 'playground.png'), fullPage: true })
    expect(await findings()).toEqual([])
  })

  test('error: the playground never pays above the limit', async () => {
    await open('#/playground')
    await page.waitForSelector('text=Pay and ask')
    await expect.poll(() => page.inputValue('#model')).not.toBe('')
    await page.fill('#limit', '0.000001')
    await page.click('text=Pay and ask')
    await page.waitForSelector('[data-state=over]')
    expect(await page.textContent('.problem')).toMatch(/PRICE_ABOVE_CAP|PAYMENT/)
  })

  test('default: it fits a phone, and dark is dark', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    for (const hash of ['#/', `#/inference/${paymentHash}`, '#/verify', '#/playground']) {
      await open(hash)
      await page.waitForSelector('h1')
      const width: number = await page.evaluate('document.documentElement.scrollWidth')
      expect(width, hash).toBeLessThanOrEqual(360)
    }
    await page.emulateMedia({ colorScheme: 'dark' })
    await open('#/')
    await page.waitForSelector('tbody tr')
    expect(await findings()).toEqual([])
    await page.screenshot({ path: join(screenshots, 'phone-dark.png') })
    await page.setViewportSize({ width: 1100, height: 900 })
  })

  test('error: unknown pages, hashes and networks say so', async () => {
    await open('#/nowhere')
    await page.waitForSelector('.problem')
    expect(await page.textContent('.problem')).toContain('no such page')
    await open(`#/inference/0x${'12'.repeat(32)}`)
    await page.waitForSelector('.problem')
    expect(await page.textContent('.problem')).toContain('Neither the chain nor a registered node')
    await open('#/network')
    await page.fill('#network', '{"name":"x"}')
    await page.click('button.main')
    expect(await page.textContent('.problem')).toMatch(/expected/)
  })

  test('default: no script was refused, nothing broke, no other origin was asked', () => {
    expect(complaints).toEqual([])
  })
})

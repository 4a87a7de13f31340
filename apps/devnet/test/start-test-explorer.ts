import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@og/client'
import { simulatedMeasurements } from '@og/gateway'
import type { RunningIndexer } from '@og/indexer/start'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { privateKeyToAccount } from 'viem/accounts'
import type { Devnet } from '../src/start-devnet.js'
import { startExplorer } from '../src/start-explorer.js'
import { startIndexer } from '../src/start-indexer.js'
import { startTestDevnet } from './start-test-devnet.js'

/** The system's browser; undefined where there is none. */
export const browserPath: string | undefined = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync)

/** A prompt that must stay text wherever it is shown. */
export const hostile = '<img src=x onerror="window.isBroken=1"><script>window.isBroken=1</script>'

/** The explorer in a real browser, with a network that has served real calls. */
export interface TestExplorer {
  readonly devnet: Devnet
  readonly indexer: Pick<RunningIndexer, 'url'>
  readonly url: string
  readonly page: Page
  /** Of the call of SETTLE_METADATA. */
  readonly paymentHash: string
  readonly files: readonly (readonly ['receipt.json' | 'request.json' | 'response.json', string])[]
  /** What the browser complained about: errors, refused scripts. */
  readonly complaints: readonly string[]
  /** Every origin that the page asked. */
  readonly origins: ReadonlySet<string>
  /** Opens a page of the explorer anew. */
  readonly open: (hash: string) => Promise<void>
  /** Serious findings of axe on the page as it is. */
  readonly findings: () => Promise<readonly string[]>
  /** Keeps a picture in `.og/screenshots`. */
  readonly picture: (name: string, whole?: boolean) => Promise<void>
  /** Gives the page a wallet by EIP-1193 that signs as the devnet's account. Returns the types that it signed, as they come. */
  readonly installWallet: () => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** Starts devnet, indexer, explorer and browser, and makes one call of each settlement mode. */
export async function startTestExplorer(): Promise<TestExplorer> {
  const { devnet } = await startTestDevnet()
  const opening = { executablePath: browserPath ?? '', args: ['--no-sandbox'] }
  const [indexer, browser, calls] = await Promise.all([
    startIndexer(devnet),
    chromium.launch(opening),
    makeCalls(devnet),
  ])
  const explorer = await startExplorer(devnet, { indexer: indexer.url })
  const page = await newPage(browser)
  const complaints: string[] = []
  const origins = new Set<string>()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content.Security|Trusted|Uncaught/i.test(message.text())) complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (/^(https?|wss?):/.test(request.url())) origins.add(new URL(request.url()).origin)
  })
  const screenshots = join(import.meta.dirname, '..', '..', '..', '.og', 'screenshots')
  mkdirSync(screenshots, { recursive: true })
  return {
    devnet,
    indexer,
    url: explorer.url,
    page,
    ...calls,
    complaints,
    origins,
    open: async (hash) => {
      await page.goto('about:blank')
      await page.goto(`${explorer.url}/${hash}`)
    },
    findings: () => findingsOf(page),
    picture: async (name, whole = false) => {
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: whole })
    },
    installWallet: () => installWallet(page, devnet),
    stop: async () => {
      await browser.close()
      await Promise.all([explorer.stop(), indexer.stop()])
      await devnet.stop()
    },
  }
}

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, acceptDownloads: true })
  return context.newPage()
}

async function makeCalls(devnet: Devnet): Promise<Pick<TestExplorer, 'paymentHash' | 'files'>> {
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
  const settlement = await open.settlement()
  for (const settlementMode of ['SETTLE', 'SETTLE_BATCH'] as const) {
    const result = await client.llmCompletion({ model: 'openai/gpt-4o', prompt: 'Hello', settlementMode })
    await result.settlement()
  }
  return {
    paymentHash: open.paymentHash,
    files: [
      ['receipt.json', JSON.stringify(client.receiptBundle(open, settlement))],
      ['request.json', JSON.stringify(open.request)],
      ['response.json', JSON.stringify(open.response)],
    ],
  }
}

async function findingsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const result: { violations: { id: string; impact: string; nodes: { html: string }[] }[] } = await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

async function installWallet(page: Page, devnet: Devnet): Promise<readonly string[]> {
  const account = privateKeyToAccount(devnet.account.privateKey)
  const signed: string[] = []
  await page.exposeFunction('signInWallet', async (json: string) => {
    const data = JSON.parse(json)
    signed.push(data.primaryType)
    return account.signTypedData(data)
  })
  await page.addInitScript((address) => {
    const request = async ({ method, params }: { method: string; params?: string[] }): Promise<unknown> => {
      if (method === 'eth_requestAccounts') return [address]
      if (method === 'eth_signTypedData_v4') return Reflect.get(window, 'signInWallet')(params?.[1])
      throw new Error(`not asked for: ${method}`)
    }
    Object.assign(window, { ethereum: { request } })
  }, account.address)
  return signed
}

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { type Devnet, startDevnet } from '@og/devnet'
import { simulatedMeasurements } from '@og/gateway'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { examples } from '../src/examples.js'

const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
// The packages come from their builds where `OG_PROGRAMS=built` says that there are some of these sources, as they do outside.
const sources = process.env['OG_PROGRAMS'] === 'built' ? [] : ['--conditions=@og/source']
const flags = [...sources, '--import', pathToFileURL(loader).href]
const timeout = 120_000

let devnet: Devnet
let environment: Record<string, string>
/** What examples keep. */
const folder = mkdtempSync(join(tmpdir(), 'og-examples-'))

beforeAll(async () => {
  // The programs of the devnet run with these flags, not with the test runner's.
  process.execArgv.splice(0, process.execArgv.length, ...flags)
  devnet = await startDevnet()
  environment = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: folder,
    OG_TEE_URL: devnet.gateway.url(),
    OG_VANILLA_URL: devnet.vanillaGateway.url(),
    OG_RPC_URL: devnet.rpc,
    OG_FACILITATOR_URL: devnet.facilitator,
    OG_PRIVATE_KEY: devnet.account.privateKey,
    OG_MEASUREMENTS: JSON.stringify([simulatedMeasurements]),
  }
}, timeout)
afterAll(async () => {
  await devnet?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const argumentsOf = (name: string): string[] => [...flags, join(import.meta.dirname, '..', 'src', `${name}.ts`)]

function run(name: string, args: readonly string[] = []): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...argumentsOf(name), ...args], { env: environment })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

const expected: Readonly<Record<string, readonly RegExp[]>> = {
  completion: [/Response: .*Bonjour/, /Payment hash: 0x[0-9a-f]{64}/],
  chat: [/Response: .*HAL/, /Payment hash: 0x[0-9a-f]{64}/],
  'chat-with-tools': [/Response: .*85 degrees/, /Dallas/, /(Payment hash: 0x[0-9a-f]{64}\s+){2}/],
  'defi-contract-analysis': [/Response: /, /On chain in block \d+ by 0x[0-9a-f]{64}/],
  'healthcare-chat': [/Response: /, /Platform: simulated/],
  'loan-risk-assessment': [/Response: /, /Payment hash: 0x[0-9a-f]{64}/],
  'verify-quote': [/ok {5}tcb-level/, /simulated UpToDate accepted/],
  'prove-a-record': [/leaf \d+ of \d+ in 0x/, /a changed answer: RESPONSE_COMMITMENT/],
  'agent-with-budget': [/task 1: 2 turns/, /stopped by the owner's policy/, /spent/],
  'audit-trail': [/(.* asked: .* proven by \d+ checks\s+){3}/],
  'openai-drop-in': [/Bonjour/, /(paid 0x[0-9a-f]{64}\s+){2}/],
  'ai-sdk-chat': [/"type":"text-delta"/],
  langchain: [/Bonjour/, /get_current_weather/],
}

test.each(Object.entries(expected))(
  'default: %s',
  async (name, patterns) => {
    const { code, output } = await run(name)
    for (const pattern of patterns) expect(output).toMatch(pattern)
    expect(output).not.toContain(environment['OG_PRIVATE_KEY'])
    expect(code).toBe(0)
  },
  timeout,
)

test.each(['paid-server-hono', 'paid-server-express'])(
  'default: paid-fetch pays %s',
  async (name) => {
    const server = spawn(process.execPath, argumentsOf(name), {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const address = await new Promise<string>((resolve) => {
        createInterface({ input: server.stdout }).on('line', (line) => {
          const found = /http:\S+/.exec(line)?.[0]
          if (found !== undefined) resolve(found)
        })
      })
      const unpaid = await fetch(address)
      expect(unpaid.status).toBe(402)
      await unpaid.arrayBuffer()
      const { code, output } = await run('paid-fetch', [address])
      expect(output).toMatch(/paying 1000 by 0x/)
      expect(output).toContain(`200 {"report":"All is well.","paidBy":"${devnet.account.address}"}`)
      expect(code).toBe(0)
    } finally {
      const ended = new Promise((resolve) => server.once('close', resolve))
      server.kill()
      await ended
    }
  },
  timeout,
)

test(
  'default: an MCP client asks the mcp-server',
  async () => {
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: argumentsOf('mcp-server'), env: environment }),
    )
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['ask'])
      const prompt = "Translate the following English text to French: 'Hello, how are you?'"
      const answer = await client.callTool({ name: 'ask', arguments: { prompt } })
      const text = JSON.stringify(answer.content)
      expect(text).toContain('Bonjour')
      expect(text).toMatch(/payment 0x[0-9a-f]{64}, \d+ checks passed \(simulated\)/)
    } finally {
      await client.close()
    }
  },
  timeout,
)

test('behavior: every example is run here', () => {
  const served = Object.entries(examples).filter(([, { serves, needs }]) => serves !== undefined || needs !== undefined)
  expect([...Object.keys(expected), ...served.map(([name]) => name)].sort()).toEqual(Object.keys(examples).sort())
})

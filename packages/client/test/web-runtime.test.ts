import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type * as clientExports from '../src/index.js'
import type { FakeNode } from './fake-node.js'
import { simulatorTrust, startPair, TEST_KEY, TEST_NOW } from './setup.js'

/** The client where there are Web APIs and nothing of Node, as in Deno and other Web-style runtimes: no module of it, no global. */
const nodeGlobals = ['process', 'Buffer', 'global', 'setImmediate', 'clearImmediate', 'require', '__dirname']

let node: FakeNode
let folder: string
beforeAll(async () => {
  node = (await startPair('TEE')).node
  folder = await mkdtemp(join(tmpdir(), 'og-client-'))
})
afterAll(async () => {
  await node.close()
  await rm(folder, { recursive: true, force: true })
})

async function loadWithoutNode(): Promise<typeof clientExports> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../src/index.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    // A module of Node would be an error here.
    platform: 'browser',
    target: 'es2022',
    conditions: ['@og/source'],
    define: Object.fromEntries(
      nodeGlobals.flatMap((name) => [
        [name, 'undefined'],
        [`globalThis.${name}`, 'undefined'],
      ]),
    ),
  })
  const file = join(folder, 'client.mjs')
  await writeFile(file, outputFiles[0]?.contents ?? '')
  return import(pathToFileURL(file).href)
}

it('default: attests, seals, pays, streams and verifies', async () => {
  const { createClient, defaultSecp256k1, verifyReceipt } = await loadWithoutNode()
  expect(defaultSecp256k1().implementation).toBe('javascript')
  const now = (): bigint => TEST_NOW
  const options = { privateKey: TEST_KEY, baseUrl: node.url, clock: now, policy: simulatorTrust }
  const client = createClient({ ...options, inferenceMode: 'TEE' })
  const call = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'Repeat after me: marmot' }] } as const
  const result = await client.llmChat(call)
  expect(result.chatOutput.content).toContain('marmot')
  const stream = await client.llmChat({ ...call, stream: true })
  let streamed = ''
  for await (const text of stream.textStream()) streamed += text
  expect(streamed).toContain('marmot')
  expect((await stream.final()).verification).toMatchObject({ ok: true, platform: 'simulated' })
  const { request, response } = result
  const receipt = await client.saveReceipt(result)
  const verdict = await verifyReceipt(receipt, { trust: 'simulator', request, response, world: { now } })
  expect(verdict.ok).toBe(true)
  expect(node.requests.filter(({ method }) => method === 'POST').every(({ sealed }) => sealed)).toBe(true)
}, 30_000)

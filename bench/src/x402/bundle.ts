import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { encodePaymentHeader } from '@og/x402'
import { createPaymentRequired } from '@og/x402/server'
import { build, version as esbuildVersion } from 'esbuild'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import type { SideName } from '../take-turns.js'
import { answerText, exactTerms, network } from './terms.js'

/** What the client may weigh, in kilobytes of 1000 bytes. */
const budgetKb = 30

const account = `export { privateKeyToAccount } from 'viem/accounts'\n`
const clients: Readonly<Record<SideName, string>> = {
  ours: `import { wrapFetch } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
export function paying(signer, fetch) {
  return wrapFetch({ fetch, schemes: [exactClient({ signer })], policy: { maxAmountPerCall: 10000n } })
}
`,
  peer: `import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import { ExactEvmScheme } from '@x402/evm/exact/client'
export function paying(signer, fetch) {
  return wrapFetchWithPayment(fetch, new x402Client().register('${network}', new ExactEvmScheme(signer)))
}
`,
}

/** A browser's paying fetch: bundled, minified, gzipped, and tried out. */
export const x402Bundle: Benchmark = {
  name: 'x402-bundle',
  summary: 'gzipped browser bundle of a paying fetch with exact, with and without an account, against official',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'x402-bundle-'))
  try {
    const sizes: Record<string, number> = {}
    for (const side of ['ours', 'peer'] as const) {
      for (const kind of ['client', 'with-account'] as const) {
        context.signal.throwIfAborted()
        const file = join(folder, `${side}-${kind}.mjs`)
        context.say(`bundling ${side} ${kind} …`)
        const code = await bundle(kind === 'client' ? clients[side] : `${clients[side]}${account}`)
        await writeFile(file, code)
        await tryOut(file, kind === 'with-account')
        sizes[`${side} ${kind}`] = gzipSync(code, { level: 9 }).length / 1000
      }
    }
    return rowsOf(context, sizes)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function rowsOf(context: BenchmarkContext, sizes: Readonly<Record<string, number>>): readonly Row[] {
  const size = (name: string): number | null => sizes[name] ?? null
  const config = { ...context.machine, bundler: `esbuild ${esbuildVersion}`, compression: 'gzip -9, 1 kB = 1000 bytes' }
  const common = { unit: 'kB', better: 'lower', config } as const
  const peer = { peerName: '@x402/fetch + @x402/evm', peerVersion: packageVersion('@x402/fetch') } as const
  const ours = size('ours client')
  const account = { ours: size('ours with-account'), peer: size('peer with-account') }
  return [
    rowOf({
      name: 'x402-bundle/client',
      ours,
      peer: budgetKb,
      peerName: 'the budget',
      peerVersion: '-',
      ...common,
      target: 1,
    }),
    rowOf({ name: 'x402-bundle/client-official', ours, peer: size('peer client'), ...peer, ...common, target: null }),
    rowOf({ name: 'x402-bundle/with-viem-account', ...account, ...peer, ...common, target: null }),
  ]
}

async function bundle(contents: string): Promise<Uint8Array> {
  const result = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'js' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Ours is bundled from its sources, as they are now, not from an older build.
    conditions: ['@og/source'],
    legalComments: 'none',
    logLevel: 'error',
  })
  const [output] = result.outputFiles
  if (output === undefined) throw new Error('nothing was bundled')
  return output.contents
}

interface Bundled {
  readonly paying: (signer: object, fetch: typeof globalThis.fetch) => typeof globalThis.fetch
  readonly privateKeyToAccount?: typeof privateKeyToAccount
}

/** A bundle that was shaken too hard pays for nothing: it must get an answer from a server that wants a signature. */
async function tryOut(file: string, hasAccount: boolean): Promise<void> {
  const { paying, privateKeyToAccount: bundled } = (await import(pathToFileURL(file).href)) as Bundled
  const toAccount = hasAccount ? bundled : privateKeyToAccount
  if (toAccount === undefined) throw new Error('the bundle has no account')
  const url = 'https://api.example/paid'
  const signer = toAccount(generatePrivateKey())
  const required = createPaymentRequired({ resource: { url }, accepts: [exactTerms(signer.address)] })
  let signature: string | null = null
  const server: typeof globalThis.fetch = async (input, init) => {
    signature = new Request(input, init).headers.get('payment-signature')
    if (signature !== null) return new Response(answerText)
    const headers = { 'payment-required': encodePaymentHeader(required) }
    return new Response('{}', { status: 402, headers })
  }
  const response = await paying(signer, server)(url)
  if ((await response.text()) !== answerText || signature === null) throw new Error(`${file} does not pay`)
}

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.js'

/** A running indexer. */
export interface RunningIndexer {
  /** Where it answers. */
  readonly url: string
  /** Resolves with the reason, or its last lines, when it has ended: by itself or by `stop`. */
  readonly ended: Promise<string>
  /** Ends it and waits. */
  readonly stop: () => Promise<void>
}

/** What to index, and where. */
export interface StartIndexerOptions {
  /** The network's description, as the explorer reads it. */
  readonly network: Readonly<Record<string, unknown>>
  /** A free one unless given. */
  readonly port?: number
  /** Folder that the embedded database is kept in; without it, a temporary one that goes with the indexer. */
  readonly folder?: string
  /** A PostgreSQL instead of the embedded database. */
  readonly databaseUrl?: string
  /** Schema in that PostgreSQL: a new one for every version of the indexer's tables. */
  readonly databaseSchema?: string
  readonly pollingMs?: number
  /** Receives its log lines. */
  readonly onLog?: (line: string) => void
}

const root = join(import.meta.dirname, '..')
/** Ponder exports no entry for its program. */
const program = join(root, 'node_modules', 'ponder', 'dist', 'esm', 'bin', 'ponder.js')
/** The indexer ends when the process that started it ends, however that happens. */
const exitWithStdin = new URL('exit-with-stdin.mjs', import.meta.url).href
const startTimeoutMs = 240_000
const ASTRAY =
  'the chain was reorganised below what had counted as final: index it anew, in a new folder or an empty database'

/** Starts the indexer as a process of its own on 127.0.0.1 and resolves when all of the past is in. */
export async function startIndexer(options: StartIndexerOptions): Promise<RunningIndexer> {
  const head = await headOf(options.network)
  const port = options.port ?? (await freePort())
  const temporary = mkdtempSync(join(tmpdir(), 'og-indexer-'))
  const networkFile = join(temporary, 'network.json')
  writeFileSync(networkFile, JSON.stringify(options.network))
  const schema = options.databaseSchema ?? 'og_indexer'
  const child = spawn(
    process.execPath,
    // `dev` would watch files; `start` is what runs for years.
    [
      '--import',
      exitWithStdin,
      program,
      'start',
      '--root',
      root,
      '--port',
      `${port}`,
      '--hostname',
      '127.0.0.1',
      '--schema',
      schema,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], env: environmentOf(options, { networkFile, temporary }) },
  )
  const lastLines: string[] = []
  let isAstray = false
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lastLines.push(line)
      if (lastLines.length > 20) lastLines.shift()
      options.onLog?.(line)
      // Ponder would try again for ever and go on answering from a chain that is no more.
      if (!isAstray && line.includes('Encountered unrecoverable reorg')) {
        isAstray = true
        child.kill('SIGTERM')
      }
    })
  }
  let hasEnded = false
  const ended = new Promise<string>((resolve) =>
    child.once('exit', () => {
      hasEnded = true
      resolve(isAstray ? ASTRAY : lastLines.join(' | ').slice(-1_500) || 'no output')
    }),
  )
  const killNow = (): void => void child.kill('SIGKILL')
  process.once('exit', killNow)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const timer = setTimeout(killNow, 5_000)
    await ended
    clearTimeout(timer)
    process.off('exit', killNow)
    rmSync(temporary, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + startTimeoutMs
  while (!(await hasRead(url, head))) {
    if (hasEnded || Date.now() > deadline) {
      await stop()
      throw new Error(`The indexer did not start: ${await ended}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { url, ended, stop }
}

function environmentOf(
  { folder, databaseUrl, pollingMs }: StartIndexerOptions,
  { networkFile, temporary }: { readonly networkFile: string; readonly temporary: string },
): Record<string, string | undefined> {
  // Only what a program needs to run: the indexer gets no key and no other setting of whoever starts it.
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SYSTEMROOT'].map((name) => [name, process.env[name]])
  return {
    ...Object.fromEntries(kept),
    OG_NETWORK: networkFile,
    ...(databaseUrl === undefined
      ? { OG_INDEXER_FOLDER: folder ?? join(temporary, 'database') }
      : { DATABASE_URL: databaseUrl }),
    ...(folder === undefined && databaseUrl === undefined ? { OG_INDEXER_THROWAWAY: '1' } : {}),
    ...(pollingMs === undefined ? {} : { OG_INDEXER_POLLING_MS: `${pollingMs}` }),
    PONDER_TELEMETRY_DISABLED: 'true',
    DO_NOT_TRACK: '1',
  }
}

/** Whether the indexer has read the chain up to a block. Ready alone says that of final blocks only. */
async function hasRead(url: string, head: number): Promise<boolean> {
  try {
    const ready = await fetch(`${url}/ready`)
    await ready.arrayBuffer()
    if (ready.status !== 200) return false
    const status: { readonly record?: { readonly block: { readonly number: number } } } = await (
      await fetch(`${url}/status`)
    ).json()
    return (status.record?.block.number ?? -1) >= head
  } catch {
    return false
  }
}

async function headOf(network: StartIndexerOptions['network']): Promise<number> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
  const headers = { 'content-type': 'application/json' }
  try {
    const answer = await fetch(`${network['rpc']}`, { method: 'POST', headers, body })
    const { result } = await answer.json()
    return Number(BigInt(result))
  } catch (cause) {
    throw new Error(`the chain at ${network['rpc']} does not answer`, { cause })
  }
}

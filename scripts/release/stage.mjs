// What a release would publish: the committed state, versioned by its changesets, built, and packed as tarballs.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run-command.mjs'

/**
 * @typedef {object} Packed
 * @property {string} name of the package, e.g. `@og/x402`
 * @property {string} version that the changesets give it
 * @property {string} folder in the staged copy
 * @property {string} tarball
 * @property {Record<string, any>} manifest package.json of the staged copy
 */

/**
 * @param {{ root: string, folder: string, environment: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ copy: string, packages: Packed[] }>} the staged repository and every package that is published
 */
export async function stageRelease({ root, folder, environment }) {
  const copy = join(folder, 'repository')
  const tarballs = join(folder, 'tarballs')
  mkdirSync(tarballs, { recursive: true })
  await run('git', ['clone', '--quiet', '--local', root, copy], { cwd: folder, environment })
  await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--silent'], { cwd: copy, environment })
  await run('pnpm', ['exec', 'changeset', 'version'], { cwd: copy, environment })
  await run('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline', '--silent'], { cwd: copy, environment })
  await run('pnpm', ['exec', 'turbo', 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only'], {
    cwd: copy,
    environment,
  })
  const published = readdirSync(join(copy, 'packages'))
    .map((name) => join(copy, 'packages', name))
    .map((path) => ({ folder: path, manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
  const packed = []
  for (const { folder: path, manifest } of published) {
    const output = await run('pnpm', ['pack', '--json', '--pack-destination', tarballs], { cwd: path, environment })
    const { filename } = JSON.parse(output.slice(output.indexOf('{')))
    packed.push({ name: manifest.name, version: manifest.version, folder: path, tarball: filename, manifest })
  }
  return { copy, packages: packed }
}

/**
 * Checks the publishable packages as they would be published: each is packed once, and publint and attw judge the tarballs in
 * this one process. What attw says of CommonJS is passed over: the packages are ES modules alone.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** The resolutions that attw's profile "esm-only" ignores. */
const ignoredResolutions = ['node10', 'node16-cjs']

const published = readdirSync(join(root, 'packages'))
  .map((folder) => JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')))
  .filter((manifest) => manifest.private !== true)

/** @returns {string[]} the tarballs' paths, one for each package */
function packAll(folder) {
  const filters = published.flatMap(({ name }) => ['--filter', name])
  const { status, stdout, stderr } = spawnSync('pnpm', ['-r', ...filters, 'pack', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`pnpm pack failed\n${stdout}\n${stderr}`)
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  if (tarballs.length !== published.length)
    throw new Error(`${tarballs.length} tarballs of ${published.length} packages`)
  return tarballs.map((name) => join(folder, name))
}

/** @returns {Promise<string[]>} what is wrong with a tarball */
async function problemsOf(tarball) {
  const data = new Uint8Array(readFileSync(tarball))
  const { messages, pkg } = await publint({ pack: { tarball: data.slice().buffer }, strict: true })
  const lint = messages
    .filter(({ type }) => type === 'error')
    .map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`)
  const analysis = await checkPackage(createPackageFromTarballData(data))
  if (analysis.types === false) return [...lint, 'attw: the package has no types']
  const types = analysis.problems
    .filter((problem) => !('resolutionKind' in problem && ignoredResolutions.includes(problem.resolutionKind)))
    .map((problem) => `attw: ${JSON.stringify(problem)}`)
  return [...lint, ...types]
}

const folder = mkdtempSync(join(tmpdir(), 'og-packages-'))
try {
  for (const tarball of packAll(folder)) {
    const problems = await problemsOf(tarball)
    for (const problem of problems) console.error(`${tarball}: ${problem}`)
    if (problems.length > 0) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

// A project as a user has it: nothing but a manifest and the packed packages.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run-command.mjs'

/** What the checks themselves need in the project. */
const tools = { '@types/node': '20.19.43', typescript: '5.9.3' }

/**
 * @param {import('./stage.mjs').Packed} packed the one package that the project depends on
 * @param {{ all: import('./stage.mjs').Packed[], manager: 'npm' | 'pnpm', folder: string, environment: NodeJS.ProcessEnv }} options
 * @returns {Promise<string>} the project's folder
 */
export async function createCleanProject(packed, { all, manager, folder, environment }) {
  const project = join(folder, `${manager}-${packed.manifest.name.replace(/\W+/g, '-')}`)
  mkdirSync(project, { recursive: true })
  // Not yet published: what the package says of its siblings is answered by their tarballs.
  const siblings = Object.fromEntries(
    all.filter(({ name }) => name !== packed.name).map(({ name, tarball }) => [name, `file:${tarball}`]),
  )
  const manifest = {
    name: 'clean-project',
    version: '1.0.0',
    private: true,
    type: 'module',
    // Optional peers are what some entries adapt to; with them every entry can be imported.
    dependencies: {
      ...companionsOf(packed),
      ...outside(packed.manifest.peerDependencies ?? {}),
      [packed.name]: `file:${packed.tarball}`,
    },
    devDependencies: tools,
    ...(manager === 'npm' ? { overrides: siblings } : { pnpm: { overrides: siblings } }),
  }
  writeFileSync(join(project, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  if (manager === 'npm')
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
      cwd: project,
      environment,
    })
  else {
    // The project is a workspace of its own: pnpm must not look for one in the folders above.
    writeFileSync(join(project, 'pnpm-workspace.yaml'), 'packages: []\n')
    await run('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline', '--silent', '--ignore-scripts'], {
      cwd: project,
      environment,
    })
  }
  return project
}

/** What the README's install line names beside the package itself. */
function companionsOf(packed) {
  const readme = readFileSync(join(packed.folder, 'README.md'), 'utf8')
  const line = /^npm install ([^#\n]+)/m.exec(readme)?.[1]
  if (line === undefined) throw new Error('the README has no "npm install" line')
  const names = line.trim().split(/\s+/)
  if (!names.includes(packed.name)) throw new Error(`the README's "npm install" line does not name ${packed.name}`)
  return outside(Object.fromEntries(names.map((name) => [name, packed.manifest.devDependencies?.[name] ?? '*'])))
}

/** Versions that mean something outside of this repository: what only its catalog knows is taken as npm would take it. */
function outside(dependencies) {
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, version]) => [
      name,
      /^(?:catalog|workspace):/.test(version) ? '*' : version,
    ]),
  )
}

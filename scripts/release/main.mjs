// `npm run release:dry`: everything that a release does, but for the publishing. It works on the committed state.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  bundleForBrowsers,
  checkSizes,
  checkTypes,
  importEntries,
  judgeTypes,
  runBinaries,
  runReadmePrograms,
  writeSbom,
} from './checks.mjs'
import { createCleanProject } from './clean-project.mjs'
import { startNetworkFor } from './network.mjs'
import { nodeVersions } from './node-versions.mjs'
import { stageRelease } from './stage.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { values: flags } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', multiple: true },
    nodes: { type: 'string', default: '20,22,24' },
    keep: { type: 'boolean', default: false },
  },
})

const folder = mkdtempSync(join(tmpdir(), 'og-release-'))
const artefacts = flags.out ?? join(folder, 'artefacts')
mkdirSync(artefacts, { recursive: true })
let failed = 0
let passed = 0

async function step(name, work) {
  const started = performance.now()
  try {
    const result = await work()
    passed += 1
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stdout.write(
      `  ok      ${name.padEnd(34)} ${(name.startsWith('installed') ? '' : String(result)).padEnd(28)} ${seconds} s\n`,
    )
    return result
  } catch (error) {
    failed += 1
    process.stdout.write(`  FAILED  ${name}\n${String(error.message).replace(/^/gm, '          ')}\n`)
    return undefined
  }
}

async function rehearse(packed, { packages, nodes, variables, copy }) {
  process.stdout.write(`${packed.name} ${packed.version}\n`)
  const common = { all: packages, folder, environment }
  await step('types by attw', () => judgeTypes({ packed, copy, environment }))
  const project = await step('installed by npm', () => createCleanProject(packed, { ...common, manager: 'npm' }))
  if (project !== undefined) {
    const context = { packed, project, environment: { ...environment, ...variables } }
    for (const node of nodes) {
      await step(`entries imported, Node ${node.name}`, () => importEntries({ ...context, node: node.path }))
      await step(`README run, Node ${node.name}`, () => runReadmePrograms({ ...context, node: node.path }))
    }
    await step('declarations', () => checkTypes(context))
    await step('binaries', () => runBinaries({ ...context, node: process.execPath }))
    await step('browser build', () => bundleForBrowsers(context))
    await step('bill of materials', () => writeSbom({ ...context, folder: artefacts }))
  }
  const strict = await step('installed by pnpm', () => createCleanProject(packed, { ...common, manager: 'pnpm' }))
  if (strict !== undefined)
    await step('entries imported, pnpm', () =>
      importEntries({ packed, project: strict, environment, node: process.execPath }),
    )
}

const environment = { ...process.env, npm_config_update_notifier: 'false' }
for (const name of Object.keys(environment)) if (name.startsWith('npm_package_')) delete environment[name]

let network
try {
  const { copy, packages } = await stageRelease({ root, folder, environment })
  network = startNetworkFor(copy)
  const wanted = packages.filter(({ name }) => flags.only === undefined || flags.only.includes(name))
  const nodes = await nodeVersions({ majors: flags.nodes.split(',').map(Number), folder, environment })
  const { variables } = await network.ready
  await step('size budgets', () => checkSizes({ copy, environment }))
  for (const packed of wanted) await rehearse(packed, { packages, nodes, variables, copy })
} catch (error) {
  failed += 1
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`)
} finally {
  await network?.stop()
  if (flags.keep) process.stdout.write(`kept in ${folder}\n`)
  else rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

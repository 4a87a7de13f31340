// What a packed package must do in a clean project. Each check returns a short result or throws.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import { build } from 'vite'
import { browserEntriesOf, entriesOf } from './entries.mjs'
import { run } from './run-command.mjs'

/** Imports every entry in one process of its own. */
export async function importEntries({ packed, project, node, environment }) {
  const entries = entriesOf(packed.manifest)
  const program = entries
    .map(
      (entry, index) =>
        `import * as e${index} from ${JSON.stringify(entry)}; if (Object.keys(e${index}).length === 0) throw new Error(${JSON.stringify(`${entry} exports nothing`)})`,
    )
    .join('\n')
  writeFileSync(join(project, 'import-entries.mjs'), program)
  await run(node, ['import-entries.mjs'], { cwd: project, environment })
  return `${entries.length} entries`
}

/** The declarations as a strict consumer's compiler sees them, under both module resolutions; errors of others are not ours. */
export async function checkTypes({ packed, project, environment }) {
  const source = entriesOf(packed.manifest)
    .map(
      (entry, index) =>
        `import * as e${index} from ${JSON.stringify(entry)}\nexport const k${index}: object = e${index}`,
    )
    .join('\n')
  writeFileSync(join(project, 'consumer.ts'), source)
  const check = async (module, moduleResolution) => {
    const args = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'ES2022']
    const libraries = ['--lib', 'ES2022,DOM,DOM.Iterable,DOM.AsyncIterable', '--types', 'node']
    const how = ['--module', module, '--moduleResolution', moduleResolution, '--pretty', 'false']
    await run('node', ['node_modules/typescript/bin/tsc', ...args, ...libraries, ...how, 'consumer.ts'], {
      cwd: project,
      environment,
    }).catch((error) => {
      const ours = String(error.message)
        .split('\n')
        .filter((line) => /error TS/.test(line) && (line.startsWith('consumer.ts') || line.includes('@og/')))
      if (ours.length > 0) throw new Error(ours.join('\n'))
    })
  }
  await Promise.all([check('NodeNext', 'NodeNext'), check('ESNext', 'Bundler')])
  return 'NodeNext, Bundler'
}

/** The tarball's types as attw judges them: what resolves to what, for every entry. Ours are ES modules alone. */
export async function judgeTypes({ packed, copy, environment }) {
  await run('pnpm', ['exec', 'attw', packed.tarball, '--profile', 'esm-only'], { cwd: copy, environment })
  return 'no problem'
}

/** What a user's bundle grows by, within the budgets. */
export async function checkSizes({ copy, environment }) {
  const sizes = JSON.parse(await run('pnpm', ['exec', 'size-limit', '--json'], { cwd: copy, environment }))
  return `${sizes.length} bundles within theirs`
}

/** Runs the README's programs: the blocks that are marked ```ts runnable. */
export async function runReadmePrograms({ packed, project, node, environment }) {
  const readme = readFileSync(join(packed.folder, 'README.md'), 'utf8')
  const programs = [...readme.matchAll(/^```ts runnable\n([\s\S]*?)^```$/gm)].map((match) => match[1])
  if (programs.length === 0) throw new Error('the README has no block marked "ts runnable"')
  for (const [index, program] of programs.entries()) {
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    })
    const file = `readme-${index}.mjs`
    writeFileSync(join(project, file), outputText)
    const output = await run(node, [file], { cwd: project, environment, timeoutMs: 60_000 })
    if (output.trim() === '') throw new Error(`program ${index} of the README printed nothing`)
  }
  return `${programs.length} run`
}

/** Bundles every browser entry with Vite; a module of ours that only Node has is an error. */
export async function bundleForBrowsers({ packed, project }) {
  const entries = browserEntriesOf(packed.manifest)
  if (entries.length === 0) return 'for Node only'
  const source = entries
    .map((entry, index) => `import * as e${index} from ${JSON.stringify(entry)}\nglobalThis.e${index} = e${index}`)
    .join('\n')
  writeFileSync(join(project, 'browser.js'), source)
  writeFileSync(join(project, 'index.html'), '<script type="module" src="/browser.js"></script>\n')
  const problems = []
  // A library may ask for a module of Node behind a guard of its own; ours do without.
  const refuseModulesOfNode = {
    name: 'refuse-modules-of-node',
    enforce: 'pre',
    resolveId(id, importer) {
      if (builtinModules.includes(id.replace(/^node:/, '')) && /[\\/]@og[\\/]/.test(importer ?? ''))
        problems.push(`${importer} imports ${id}`)
      return null
    },
  }
  await build({
    root: project,
    configFile: false,
    logLevel: 'silent',
    build: { outDir: 'browser-dist' },
    plugins: [refuseModulesOfNode],
  })
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const folder = join(project, 'browser-dist', 'assets')
  const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
  return `${entries.length} entries, ${Math.round(bytes / 1000)} kB raw`
}

/** What the package brings along, in CycloneDX. */
export async function writeSbom({ packed, project, folder, environment }) {
  const text = await run('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev'], { cwd: project, environment })
  const components = JSON.parse(text).components?.length ?? 0
  if (components === 0) throw new Error('npm wrote an empty bill of materials')
  const file = join(folder, `${packed.manifest.name.replace(/\W+/g, '-').replace(/^-/, '')}-${packed.version}.cdx.json`)
  writeFileSync(file, text)
  return `${components} components`
}

/** A binary that the manifest names exists and answers `--help`. */
export async function runBinaries({ packed, project, node, environment }) {
  // In this repository nothing is linked to a program that is not built yet.
  const programs = packed.manifest.publishConfig?.bin ?? {}
  const names = Object.keys(programs)
  for (const name of names) {
    const file = join(project, 'node_modules', packed.name, programs[name])
    if (!existsSync(file)) throw new Error(`${file} is missing`)
    await run(node, [file, '--help'], { cwd: project, environment })
  }
  return names.length === 0 ? 'none' : names.join(', ')
}

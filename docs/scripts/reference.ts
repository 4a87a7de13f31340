import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { Application, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import type { Folders } from './folders.js'

interface PackageManifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
}

/** One entry of a published package, e.g. `@og/x402/client`. */
interface Entry {
  readonly name: string
  /** Absolute path. */
  readonly source: string
}

/** Lists the entries of all published packages that are code. */
function listEntries(repository: string): Entry[] {
  return readdirSync(join(repository, 'packages')).flatMap((folder) => {
    const manifest = join(repository, 'packages', folder, 'package.json')
    if (!existsSync(manifest)) return []
    const { name, private: isPrivate, exports } = JSON.parse(readFileSync(manifest, 'utf8')) as PackageManifest
    if (isPrivate === true) return []
    return Object.entries(exports).flatMap(([entry, target]) => {
      if (typeof target !== 'object' || target === null || !('@og/source' in target)) return []
      const source = join(repository, 'packages', folder, String(target['@og/source']))
      return [{ name: posix.join(name, entry), source }]
    })
  })
}

/**
 * Generates the API reference from the docstrings of everything that the packages export.
 *
 * @throws Error when the sources cannot be read.
 */
export async function writeReference({ repository, site }: Folders): Promise<void> {
  const entries = listEntries(repository)
  const options: TypeDocOptions & PluginOptions = {
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: join(repository, 'docs', 'tsconfig.reference.json'),
    entryPoints: entries.map(({ source }) => source),
    basePath: repository,
    outputs: [{ name: 'markdown', path: join(site, 'reference') }],
    skipErrorChecking: true,
    readme: 'none',
    name: 'API reference',
    router: 'module',
    entryFileName: 'index',
    logLevel: 'Error',
    disableSources: true,
    disableGit: true,
    excludeInternal: true,
    hideGenerator: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    sanitizeComments: true,
  }
  const app = await Application.bootstrapWithPlugins(options)
  const project = await app.convert()
  if (project === undefined) throw new Error('the docstrings could not be read')
  // TypeDoc names a module by its path; readers import it by the name of its entry.
  const names = new Map(entries.map(({ name, source }) => [moduleNameOf(source, repository), name]))
  for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('the reference could not be written')
}

function moduleNameOf(source: string, repository: string): string {
  return relative(repository, source)
    .replaceAll(sep, '/')
    .replace(/(?:\/index)?\.ts$/, '')
}

import { existsSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A page of the site: its Markdown in the repository, and its place in the site, both with `/`. */
export interface Page {
  /** Relative to the repository, e.g. `docs/spec/log.md`. */
  readonly source: string
  /** Relative to the site, e.g. `spec/log.md`. */
  readonly target: string
}

const ownFolders = ['', 'concepts', 'guides', 'spec']

/** Pages outside of `docs` that the site shows under `repository/`. */
const repositoryPages = [
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/README.md',
  'packages/settlement/contracts/README.md',
  'packages/tee-verify/docs/channel.md',
]

/** Lists all pages that are written by hand. */
export function listPages(repository: string): Page[] {
  const own = ownFolders.flatMap((folder) =>
    readdirSync(join(repository, 'docs', folder))
      .filter((name) => name.endsWith('.md'))
      .map((name): Page => ({ source: posix.join('docs', folder, name), target: posix.join(folder, name) })),
  )
  const workspaces = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(repository, group)).flatMap((name) => [
      `${group}/${name}/README.md`,
      `${group}/${name}/SECURITY.md`,
    ]),
  )
  const foreign = [...repositoryPages, ...workspaces].filter((source) => existsSync(join(repository, source)))
  return [...own, ...foreign.map((source): Page => ({ source, target: targetOf(source) }))]
}

function targetOf(source: string): string {
  return posix.join('repository', source.toLowerCase().replace(/\/readme\.md$/, '.md'))
}

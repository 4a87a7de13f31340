import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const packages = join(repository, 'packages')

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, string | { readonly '@og/source'?: string }>>
}

/** Every entry that a published package offers, with the source that it stands for. */
function entriesOf(): readonly { readonly name: string; readonly file: string }[] {
  return readdirSync(packages).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8')) as Manifest
    if (manifest.private === true) return []
    return Object.entries(manifest.exports).flatMap(([path, target]) => {
      const source = typeof target === 'string' ? undefined : target['@og/source']
      if (source === undefined) return []
      return [{ name: `${manifest.name}${path.slice(1)}`, file: join(packages, folder, source) }]
    })
  })
}

/** The names that a file exports, types marked. A file that exports in a way that cannot be listed is an error. */
function exportsOf(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022)
  return source.statements
    .flatMap((statement): string[] => {
      if (ts.isExportDeclaration(statement)) {
        const { exportClause, isTypeOnly } = statement
        if (exportClause === undefined || !ts.isNamedExports(exportClause)) throw new Error(`${file}: export *`)
        return exportClause.elements.map((element) =>
          isTypeOnly || element.isTypeOnly ? `type ${element.name.text}` : element.name.text,
        )
      }
      const isExported = ts.canHaveModifiers(statement)
        ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
        : false
      if (isExported !== true) return []
      if (ts.isVariableStatement(statement)) {
        return statement.declarationList.declarations.map(({ name }) => name.getText(source))
      }
      if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
        return [`type ${statement.name.text}`]
      }
      if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.text ?? '']
      throw new Error(`${file}: an export of a kind that is not listed`)
    })
    .sort()
}

test('what the packages offer changes only on purpose: values and types of every entry', async () => {
  const entries = entriesOf()
  expect(entries.length).toBeGreaterThan(30)
  const text = entries
    .map(
      ({ name, file }) =>
        `${name}\n${exportsOf(file)
          .map((line) => `  ${line}\n`)
          .join('')}`,
    )
    .join('\n')
  // After a change that was meant: npm test -- --project @og/docs api-surface -u
  await expect(text).toMatchFileSnapshot('api-surface.txt')
})

test('every changeset names packages of this repository', () => {
  const known = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(repository, group)).map((name) => {
      const manifest = readFileSync(join(repository, group, name, 'package.json'), 'utf8')
      return (JSON.parse(manifest) as Manifest).name
    }),
  )
  const folder = join(repository, '.changeset')
  const files = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const head = readFileSync(join(folder, file), 'utf8').split('---')[1] ?? ''
    const named = [...head.matchAll(/^['"]([^'"]+)['"]: (?:patch|minor|major)$/gm)].map((match) => match[1] ?? '')
    expect(named.length, file).toBeGreaterThan(0)
    expect(
      named.filter((name) => !known.includes(name)),
      file,
    ).toEqual([])
  }
})

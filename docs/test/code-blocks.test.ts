import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { listPages } from '../scripts/sources.js'

const docs = fileURLToPath(new URL('..', import.meta.url))
const repository = join(docs, '..')
const blocks = join(docs, '.blocks')
const config = {
  extends: '../tsconfig.json',
  // Blocks of a page show one thing at a time: what a reader does with a value comes later.
  compilerOptions: {
    noUnusedLocals: false,
    isolatedDeclarations: false,
    noPropertyAccessFromIndexSignature: false,
  },
  include: ['*.ts'],
}

afterAll(() => rmSync(blocks, { recursive: true, force: true }))

/**
 * Writes each `ts` block as a module, named after page and line; gives their number. On our own pages all but fragments, in READMEs those that
 * are whole programs: the others show one thing and leave out what it stands in.
 */
function writeBlocks(): number {
  rmSync(blocks, { recursive: true, force: true })
  mkdirSync(blocks)
  writeFileSync(join(blocks, 'tsconfig.json'), JSON.stringify(config))
  // What readers install beside a package is not what is checked.
  writeFileSync(join(blocks, 'beside.d.ts'), "declare module 'viem/*'\n")
  let count = 0
  for (const { source, target } of listPages(repository)) {
    const isWhole = (mark: string): boolean => (source.startsWith('docs/') ? mark !== 'fragment' : mark === 'runnable')
    const text = readFileSync(join(repository, source), 'utf8')
    for (const match of text.matchAll(/^```ts ?([^\n]*)\n([\s\S]*?)^```/gm)) {
      if (!isWhole(match[1] ?? '')) continue
      const line = text.slice(0, match.index).split('\n').length
      writeFileSync(join(blocks, `${target.replaceAll('/', '-').replace(/\.md$/, '')}-${line}.ts`), match[2] ?? '')
      count += 1
    }
  }
  return count
}

function check(): string {
  const compiler = join(repository, 'node_modules', 'typescript-native', 'bin', 'tsc')
  try {
    return execFileSync(process.execPath, [compiler, '--noEmit', '-p', blocks], { encoding: 'utf8', cwd: blocks })
  } catch (error) {
    return String((error as { readonly stdout?: unknown }).stdout)
  }
}

test('every code block of our pages, and every whole program of a README, type-checks against the packages', () => {
  expect(writeBlocks()).toBeGreaterThan(18)
  writeFileSync(join(blocks, 'proof-of-check.ts'), "import { commit } from '@og/settlement'\ncommit({ salt: 1 })\n")
  const complaints = check()
    .trim()
    .split('\n')
    .filter((line) => /^\S/.test(line))
  // The one block that must fail shows that blocks are read at all.
  expect(complaints.filter((line) => line.startsWith('proof-of-check.ts'))).toHaveLength(1)
  expect(complaints.filter((line) => !line.startsWith('proof-of-check.ts'))).toEqual([])
})

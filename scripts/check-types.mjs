/**
 * Checks the types of everything. Workspaces with the same settings form one program: what they share (each other's sources,
 * viem, Node) is read and checked once instead of once for each of them. `pnpm -C WORKSPACE typecheck` checks a single one.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const compiler = join(root, 'node_modules', 'typescript-native', 'bin', 'tsc')
const programs = ['tsconfig.packages.json', 'tsconfig.apps.json', 'apps/explorer', 'apps/indexer']

for (const program of programs) {
  // More checkers would be faster on idle cores only: each checks once more what the files have in common.
  const { status } = spawnSync(process.execPath, [compiler, '--noEmit', '--checkers', '1', '-p', program], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}

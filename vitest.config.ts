import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { LongestFirst, waitingProjects } from './scripts/longest-first.mjs'

const root = dirname(fileURLToPath(import.meta.url))

/** Every workspace with a package.json is a vitest project that runs on sources (condition "@og/source"). */
const workspaces = ['packages', 'apps', 'bench', 'docs'].flatMap((folder) =>
  folder === 'bench' || folder === 'docs'
    ? [join(root, folder)]
    : readdirSync(join(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, folder, entry.name)),
)

export default defineConfig({
  resolve: { conditions: ['@og/source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['@og/source', ...defaultServerConditions] } },
  test: {
    // Generous: a machine that does other things too must not make a test fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    sequence: { sequencer: LongestFirst },
    // Packages have no module state, so the files of a project share what they import: it is evaluated once per worker.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: workspaces
      .filter((workspace) => existsSync(join(workspace, 'package.json')))
      .map((workspace) => ({
        workspace,
        name: JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')).name,
      }))
      .map(({ workspace, name }) => ({
        extends: true,
        root: workspace,
        test: {
          name,
          // Three for two cores where tests wait, and these come first; then the others, which compute.
          ...(waitingProjects.includes(name)
            ? { maxWorkers: 3, sequence: { groupOrder: 0 } }
            : { maxWorkers: 2, sequence: { groupOrder: 1 } }),
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          root: workspace,
        },
      })),
  },
})

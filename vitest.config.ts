import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { configDefaults, defineConfig } from 'vitest/config'

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
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Packages have no module state, so the files of a project share what they import: it is evaluated once per worker.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: workspaces
      .filter((workspace) => existsSync(join(workspace, 'package.json')))
      .map((workspace) => ({
        extends: true,
        root: workspace,
        test: {
          name: JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')).name,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          // A minute or so each: they stand beside `npm test`, see CONTRIBUTING.md.
          exclude: [...configDefaults.exclude, ...(process.env['OG_HEAVY'] === '1' ? [] : ['**/*.heavy.test.ts'])],
          root: workspace,
        },
      })),
  },
})

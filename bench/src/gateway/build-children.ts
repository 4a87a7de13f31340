import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** The processes of this benchmark, as plain Node runs them. */
export interface BuiltChildren {
  readonly urlOf: (name: ChildName) => URL
  readonly dispose: () => void
}

type ChildName = 'bare-steps-child' | 'gateway-child' | 'official-child' | 'pipe-child' | 'relay-child' | 'world-child'

const sources: Readonly<Record<ChildName, URL>> = {
  'bare-steps-child': new URL('./bare-steps-child.ts', import.meta.url),
  'gateway-child': new URL('./gateway-child.ts', import.meta.url),
  'official-child': new URL('./official-child.ts', import.meta.url),
  'pipe-child': new URL('./pipe-child.ts', import.meta.url),
  'relay-child': new URL('./relay-child.ts', import.meta.url),
  'world-child': new URL('./world-child.ts', import.meta.url),
}
const root = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * Builds the gateway by its own settings, that is as it is operated, and the processes around it. Nothing that is measured runs through the
 * loader of this process, which names every function at run time.
 */
export async function buildChildren(): Promise<BuiltChildren> {
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo')
  execFileSync(process.execPath, [turbo, 'run', 'build', '--filter=@og/gateway', '--output-logs=errors-only'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // Inside this workspace, from which packages are found.
  const folder = mkdtempSync(join(root, 'bench', 'node_modules', '.gateway-'))
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await build({
      entryPoints: Object.values(sources).map((url) => fileURLToPath(url)),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
    })
  } catch (error) {
    dispose()
    throw error
  }
  return { urlOf: (name) => pathToFileURL(join(folder, `${name}.mjs`)), dispose }
}

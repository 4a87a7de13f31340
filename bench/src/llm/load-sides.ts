import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { createCallers, streamReaders } from './sides.js'

/** What {@link loadSides} loads. */
export interface Sides {
  readonly streamReaders: typeof streamReaders
  readonly createCallers: typeof createCallers
}

/**
 * Loads the sides with ours built as it is published; the peers come as they are installed. The runner that starts this program names every
 * function as it is created, which would be measured otherwise.
 */
export async function loadSides(): Promise<Sides> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const folder = await mkdtemp(join(here, '..', '..', 'node_modules', '.llm-'))
  try {
    const outfile = join(folder, 'sides.mjs')
    await build({
      entryPoints: [join(here, 'sides.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'es2022',
      conditions: ['@og/source'],
      external: ['openai', '@ai-sdk/*'],
      logLevel: 'error',
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

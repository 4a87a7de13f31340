import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** A module for plain Node, as a published package would be loaded. */
export interface BuiltModule {
  readonly url: URL
  readonly dispose: () => void
}

const dependencies = fileURLToPath(new URL('../../../packages/x402/node_modules/', import.meta.url))

/**
 * Builds a module of ours for plain Node. Benchmarks run from sources through a loader that names every function at run time;
 * the peer's packages do not, so neither may ours.
 */
export async function buildModule(source: URL): Promise<BuiltModule> {
  // Here the native parts of @og/x402 are found.
  const folder = mkdtempSync(join(dependencies, '.bench-'))
  const outfile = join(folder, 'server.mjs')
  try {
    await build({
      entryPoints: [fileURLToPath(source)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      conditions: ['@og/source'],
      external: ['viem', 'viem/*', 'hash-wasm', 'secp256k1', 'tiny-secp256k1'],
      logLevel: 'silent',
    })
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
  return { url: pathToFileURL(outfile), dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const bench = fileURLToPath(new URL('../..', import.meta.url))

/** Where built files of one run go; they are gone after `dispose`. */
export interface BuildFolder {
  /** Builds one entry of `@og/tee-verify` as it is published: one file, dependencies outside. Returns its path. */
  publish(entry: string): Promise<string>
  dispose(): void
}

/** Creates a folder inside this workspace, from which the dependencies of what is built are found. */
export function createBuildFolder(): BuildFolder {
  const folder = mkdtempSync(join(bench, 'node_modules', '.tee-verify-'))
  return {
    async publish(entry) {
      const outfile = join(folder, `${entry.replaceAll('/', '-')}.mjs`)
      await build({
        stdin: { contents: `export * from '@og/tee-verify/${entry}'`, resolveDir: bench },
        bundle: true,
        format: 'esm',
        platform: 'neutral',
        target: 'es2022',
        external: ['node:*', '@noble/*'],
        conditions: ['@og/source'],
        outfile,
        logLevel: 'silent',
      })
      return outfile
    },
    dispose: () => rmSync(folder, { recursive: true }),
  }
}

/** The size of code for browsers, minified and compressed, in bytes. */
export async function browserBytes(code: string, external: readonly string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: bench },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: [...external],
    conditions: ['@og/source'],
    outfile: join(tmpdir(), 'unwritten.mjs'),
    write: false,
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length
}

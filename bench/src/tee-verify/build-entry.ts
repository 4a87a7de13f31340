import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const bench = fileURLToPath(new URL('../..', import.meta.url))
const teeVerify = join(bench, '..', 'packages', 'tee-verify')

/** Where built files of one run go; they are gone after `dispose`. */
export interface BuildFolder {
  /** Builds `@og/tee-verify` as it is published, shared chunks and all, dependencies outside. Returns the path of one entry. */
  publish(entry: string): Promise<string>
  dispose(): void
}

/** Creates a folder inside this workspace, from which the dependencies of what is built are found. */
export function createBuildFolder(): BuildFolder {
  const folder = mkdtempSync(join(bench, 'node_modules', '.tee-verify-'))
  return {
    async publish(entry) {
      const { exports } = JSON.parse(readFileSync(join(teeVerify, 'package.json'), 'utf8'))
      const sources = Object.entries<{ readonly '@og/source'?: string }>(exports).flatMap(([name, conditions]) => {
        const source = conditions['@og/source']
        return source === undefined ? [] : [{ out: name.slice(2) || 'index', in: join(teeVerify, source) }]
      })
      await build({
        entryPoints: sources,
        outdir: folder,
        outExtension: { '.js': '.mjs' },
        bundle: true,
        splitting: true,
        format: 'esm',
        platform: 'neutral',
        target: 'es2022',
        external: ['node:*', '@noble/*', '@hpke/*'],
        logLevel: 'silent',
      })
      return join(folder, `${entry}.mjs`)
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

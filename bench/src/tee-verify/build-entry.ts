import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const bench = fileURLToPath(new URL('../..', import.meta.url))
const teeVerify = join(bench, '..', 'packages', 'tee-verify')
const tsup = join(bench, '..', 'node_modules', 'tsup', 'dist', 'cli-default.js')

/** Where built files of one run go; they are gone after `dispose`. */
export interface BuildFolder {
  /** Builds `@og/tee-verify` by its own settings, that is as it is published. Returns the path of one entry. */
  publish(entry: string): string
  dispose(): void
}

/** Creates a folder inside this workspace, from which the dependencies of what is built are found. */
export function createBuildFolder(): BuildFolder {
  const folder = mkdtempSync(join(bench, 'node_modules', '.tee-verify-'))
  return {
    publish(entry) {
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
      const dist = join(folder, 'dist')
      const { status, stderr } = spawnSync(process.execPath, [tsup, '--no-dts', '--silent', '--out-dir', dist], {
        cwd: teeVerify,
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`@og/tee-verify cannot be built: ${stderr}`)
      return join(dist, `${entry}.js`)
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

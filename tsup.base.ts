import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/**
 * Build settings of every publishable package: ESM and declarations, one output file of each per entry. Where one package has
 * several builds, one of them writes the declarations of all entries and the others those of none.
 */
export function library(
  entry: Readonly<Record<string, string>>,
  declarations: Readonly<Record<string, string>> = entry,
): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry: { ...entry },
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: false,
    clean: true,
    sourcemap: true,
    treeshake: true,
    external: [/^node:/],
    onSuccess: async () => writeDeclarations(declarations),
  }
  return defineConfig(options)
}

/** Declarations by the native compiler, file by file in `dist/types`; every entry gets one that names its module there. */
function writeDeclarations(entry: Readonly<Record<string, string>>): void {
  if (Object.keys(entry).length === 0) return
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript-native/package.json')), 'bin', 'tsc')
  // More checkers share out the files, and each checks once more what they have in common.
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--checkers', '1'], { stdio: 'inherit' })
  for (const [name, source] of Object.entries(entry)) {
    const module = source.replace(/^src\//, './types/').replace(/\.ts$/, '.js')
    writeFileSync(join('dist', `${name}.d.ts`), `export * from '${module}'\n`)
  }
}

import { defineConfig, type Options } from 'tsup'

/** Build settings of every publishable package: ESM, declarations, one output file per entry. */
export function library(entry: Readonly<Record<string, string>>): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry: { ...entry },
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    external: [/^node:/],
  }
  return defineConfig(options)
}

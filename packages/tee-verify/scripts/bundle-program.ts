import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'

/** Builds a program of the tests into one file that runs from anywhere; `change` may alter the text of a source file. */
export async function bundleProgram(
  entry: string,
  options: { readonly outfile: string; readonly change?: (path: string, text: string) => string },
): Promise<void> {
  const { outfile, change = (_, text) => text } = options
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@og/source'],
    outfile,
    logLevel: 'silent',
    plugins: [
      {
        name: 'source',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const text = change(path, readFileSync(path, 'utf8'))
            // The tests find their vectors beside themselves.
            return { contents: text.replaceAll('import.meta.dirname', JSON.stringify(dirname(path))), loader: 'ts' }
          })
        },
      },
    ],
  })
}

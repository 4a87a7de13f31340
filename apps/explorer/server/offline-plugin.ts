import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/**
 * Adds `service-worker.js` with the names of all files of the build, so that a browser that was here once opens every page without a
 * network, *Verify* above all. Its name of the build makes a new one replace the old one as a whole.
 */
export function offlinePlugin(): Plugin {
  return {
    name: 'og-offline',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const names = Object.keys(bundle).filter((name) => name !== 'index.html' && !name.endsWith('.map'))
        const files = ['./', './icon.svg', ...names.sort().map((name) => `./${name}`)]
        const hash = createHash('sha256')
        for (const [name, file] of Object.entries(bundle)) {
          hash.update(name).update(file.type === 'chunk' ? file.code : file.source)
        }
        const source = readFileSync(join(import.meta.dirname, 'service-worker.js'), 'utf8')
          .replace('__FILES__', JSON.stringify(files))
          .replace('__BUILD__', hash.digest('hex').slice(0, 16))
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source })
      },
    },
  }
}

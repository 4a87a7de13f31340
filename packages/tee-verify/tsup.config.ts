import { defineConfig, type Options } from 'tsup'
import { library } from '../../tsup.base.js'

const nativeEntry = { node: 'src/node.ts' }
const portableEntries = {
  index: 'src/index.ts',
  simulator: 'src/simulator/index.ts',
  channel: 'src/channel/index.ts',
  'event-log': 'src/event-log/index.ts',
  nitro: 'src/nitro/index.ts',
  pccs: 'src/pccs/index.ts',
  release: 'src/release/index.ts',
  binding: 'src/binding/index.ts',
  'quote-error': 'src/quote-error.ts',
}

/** The error class stays in one file that all others import: `instanceof` holds across entries. */
const shareErrorClass: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'share-error-class',
  setup(build) {
    build.onResolve({ filter: /\/quote-error\.js$/ }, () => ({ path: './quote-error.js', external: true }))
  },
}

const shared: Options = { removeNodeProtocol: false, esbuildPlugins: [shareErrorClass] }

/** The entry for Node is one file of its own: each further file would cost half a millisecond at the first import. */
export default defineConfig([
  { ...library(portableEntries, { ...portableEntries, ...nativeEntry }), ...shared },
  { ...library(nativeEntry, {}), ...shared, clean: false, splitting: false },
])

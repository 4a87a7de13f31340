/**
 * `npm run docs` builds the site into `docs/dist`; `npm run docs -- dev` serves it and follows changes; `npm run docs -- measure` takes over the
 * last runs of the benchmarks; `npm run docs -- pictures` makes the terminal pictures of the README anew.
 */
import { mkdirSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, createServer } from 'vitepress'
import { takeMeasurements } from './measurements.js'
import { writePages } from './pages.js'
import { writePictures } from './pictures.js'
import { writeReference } from './reference.js'
import { writeVectors } from './vectors.js'

const docs = fileURLToPath(new URL('..', import.meta.url))
const repository = join(docs, '..')
const site = join(docs, '.site')

/** Makes the folder that VitePress reads: pages, vectors, reference. */
async function stage(): Promise<void> {
  rmSync(site, { recursive: true, force: true })
  mkdirSync(site, { recursive: true })
  writeVectors({ repository, site })
  writePages({ repository, site })
  process.stderr.write('docs: reading the docstrings\n')
  await writeReference({ repository, site })
}

async function serve(): Promise<void> {
  const server = await createServer(docs, { host: '127.0.0.1' })
  await server.listen()
  server.printUrls()
  let pending: NodeJS.Timeout | undefined
  watch(docs, { recursive: true }, (_event, file) => {
    if (file === null || !file.endsWith('.md') || /^(?:\.site|dist|node_modules)/.test(file)) return
    clearTimeout(pending)
    pending = setTimeout(() => writePages({ repository, site }), 100)
  })
}

const command = process.argv[2] ?? 'build'
if (command === 'build') {
  await stage()
  await build(docs)
  process.stderr.write(`docs: ${join(docs, 'dist', 'index.html')}\n`)
} else if (command === 'dev') {
  await stage()
  await serve()
} else if (command === 'measure') {
  process.stderr.write(`docs: took over ${takeMeasurements(repository)} runs of benchmarks\n`)
} else if (command === 'pictures') {
  await writePictures(repository)
} else {
  process.stderr.write(`docs: unknown command ${command}: build, dev, measure or pictures\n`)
  process.exitCode = 2
}

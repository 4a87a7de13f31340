import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Folders } from './folders.js'

/** Folders of vectors, relative to the repository, and what is in them. The folders of the site have the same names. */
const vectorFolders: readonly (readonly [folder: string, title: string])[] = [
  ['packages/settlement/test/vectors', 'Receipts, canonical JSON, OpenGradient’s hashes'],
  ['packages/tee-verify/test/vectors', 'Quotes, collateral, event logs, Nitro documents'],
  ['packages/x402/test/vectors', 'Payments'],
]

/** Copies all vectors into the site and lists each file with its length and SHA-256. */
export function writeVectors({ repository, site }: Folders): void {
  const lines = [
    '# Vectors',
    '',
    'Every vector that our tests run, as files. `README.md` or `SOURCE.md` of a folder say what is in it, where it comes from and how it is run.',
    'All of it is also listed, with SHA-256, in [vectors.json](/vectors.json){target="_self"}.',
    '',
  ]
  const index: { path: string; bytes: number; sha256: string }[] = []
  for (const [folder, title] of vectorFolders) {
    const name = folder.split('/')[1] ?? folder
    const target = join(site, 'public', 'vectors', name)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(repository, folder), target, { recursive: true })
    const files = filesOf(target)
    for (const file of files) {
      const bytes = readFileSync(join(target, file))
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      index.push({ path: `vectors/${name}/${file}`, bytes: bytes.length, sha256 })
    }
    lines.push(`## ${title} {#${name}}`, '', ...rowsOf(name, target, files), '')
  }
  lines.push(
    '## Sealed channel {#channel}',
    '',
    '- <a href="/vectors/channel.json" target="_self">channel.json</a>',
    '',
  )
  const channel = readFileSync(join(repository, 'packages/tee-verify/docs/channel.md'), 'utf8')
  writeFileSync(join(site, 'public', 'vectors', 'channel.json'), `${JSON.stringify(channelVector(channel), null, 1)}\n`)
  writeFileSync(join(site, 'public', 'vectors.json'), `${JSON.stringify(index, null, 1)}\n`)
  writeFileSync(join(site, 'vectors.md'), `${lines.join('\n')}\n`)
}

/** One line for each folder, which names its files. */
function rowsOf(name: string, target: string, files: readonly string[]): string[] {
  const groups = new Map<string, string[]>()
  for (const file of files) {
    const group = dirname(file)
    groups.set(group, [...(groups.get(group) ?? []), file])
  }
  return [...groups].map(([group, members]) => {
    const links = members.map((file) => {
      const size = statSync(join(target, file)).size
      return `<a href="/vectors/${name}/${file}" target="_self" title="${size} bytes">${file.split('/').at(-1)}</a>`
    })
    return `- ${group === '.' ? '' : `**${group}**: `}${links.join(' · ')}`
  })
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort()
}

/** The vector of the sealed channel, taken out of its specification: inputs are constants there, bytes are hexadecimal. */
export function channelVector(specification: string): Readonly<Record<string, unknown>> {
  const bytesAfter = (label: string): string => {
    const text = new RegExp(`^${label}:\\n((?:  [0-9a-f]+\\n?)+)`, 'm').exec(specification)?.[1]
    if (text === undefined) throw new Error(`the channel's vector has no ${label}`)
    return text.replace(/\s/g, '')
  }
  return {
    keySeed: '01'.repeat(32),
    requestId: '10'.repeat(16),
    ephemeralSeed: '20'.repeat(32),
    responseNonce: '20'.repeat(32),
    time: '1800000000',
    outer: { method: 'POST', path: '/v1/x' },
    inner: { method: 'POST', path: '/v1/x?y=z', headers: [['content-type', 'text/plain']], body: 'hi' },
    answer: { status: 200, headers: [['content-type', 'text/plain']], chunks: ['hello'] },
    publicKey: bytesAfter('public key'),
    requestBytes: bytesAfter('request'),
    answerBytes: bytesAfter('answer'),
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mapLinks, resolveLink } from '../scripts/links.js'
import { type MeasuredRun, replaces } from '../scripts/measurements.js'
import { listPages } from '../scripts/sources.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const pages = listPages(repository)

/** Anchors as VitePress makes them: given ones, else from the heading's text. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/^```[\s\S]*?^```/gm, '').match(/^#{1,6} .*$/gm) ?? []
  return new Set(
    headings.map((heading) => {
      const given = /\{#([^}]+)\}\s*$/.exec(heading)?.[1]
      if (given !== undefined) return given
      const text = heading.replace(/^#+ /, '').replace(/`|\*\*|\[([^\]]*)\]\([^)]*\)/g, '$1')
      const slug = text
        .normalize('NFKD')
        .replace(/[\u0300-\u036F]/g, '')
        .replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
      return slug
        .replace(/-{2,}/g, '-')
        .replace(/^-+|-+$/g, '')
        .replace(/^(\d)/, '_$1')
        .toLowerCase()
    }),
  )
}

test('every page of the site is there, the pages of all packages and programs among them', () => {
  const targets = pages.map(({ target }) => target)
  for (const page of [
    'index.md',
    'operate.md',
    'comparison.md',
    'spec/receipt.md',
    'repository/packages/client.md',
    'repository/apps/gateway.md',
  ]) {
    expect(targets).toContain(page)
  }
  expect(new Set(targets).size).toBe(targets.length)
})

test('every link inside the repository leads somewhere', () => {
  const broken: string[] = []
  let count = 0
  for (const page of pages) {
    mapLinks(readFileSync(join(repository, page.source), 'utf8'), (href) => {
      count += 1
      const link = resolveLink(href, { page, pages, repository })
      if (link === undefined) broken.push(`${page.source}: ${href}`)
      return href
    })
  }
  expect(broken).toEqual([])
  expect(count).toBeGreaterThan(80)
})

test('every anchor of our own pages is a heading there', () => {
  const broken: string[] = []
  for (const page of pages.filter(({ source }) => source.startsWith('docs/'))) {
    mapLinks(readFileSync(join(repository, page.source), 'utf8'), (href) => {
      const link = resolveLink(href, { page, pages, repository })
      const [path = '', anchor] = (link?.href ?? '').split('#')
      const target = pages.find(({ target: other }) => `/${other.replace(/(?:index)?\.md$/, '')}` === path)
      if (anchor === undefined || target === undefined) return href
      if (!anchorsOf(readFileSync(join(repository, target.source), 'utf8')).has(anchor))
        broken.push(`${page.source}: ${href}`)
      return href
    })
  }
  expect(broken).toEqual([])
})

test('a link that leads nowhere is found', () => {
  const page = { source: 'docs/spec/log.md', target: 'spec/log.md' }
  expect(resolveLink('../nowhere.md', { page, pages, repository })).toBeUndefined()
  expect(resolveLink('/nowhere', { page, pages, repository })).toBeUndefined()
  expect(resolveLink('receipt.md#on-the-wire', { page, pages, repository })).toEqual({
    href: '/spec/receipt#on-the-wire',
  })
  expect(resolveLink('../../packages/client/README.md', { page, pages, repository })?.href).toBe(
    '/repository/packages/client',
  )
  expect(resolveLink('../../LICENSE', { page, pages, repository })).toEqual({ href: '/files/LICENSE', file: 'LICENSE' })
})

test('links in code are left alone', () => {
  const text = 'see [a](x.md)\n```md\n[b](y.md)\n```\n[c](z.md "title")'
  expect(mapLinks(text, (href) => `/${href}`)).toBe('see [a](/x.md)\n```md\n[b](y.md)\n```\n[c](/z.md "title")')
})

test('a run on a busy machine does not replace a quieter one', () => {
  const run = (measuredAt: string, loadAverageAtStart: number): MeasuredRun => {
    const facts = { ours: 1, peer: 1, peerName: 'peer', peerVersion: '1', unit: 'ms', ratio: 1, target: null, ok: true }
    return { name: 'x', measuredAt, rows: [{ name: 'x/y', ...facts, config: { cores: 2, loadAverageAtStart } }] }
  }
  const quiet = run('2026-01-01', 0.5)
  expect(replaces(run('2026-01-02', 9), quiet)).toBe(false)
  expect(replaces(run('2026-01-02', 1.9), quiet)).toBe(true)
  expect(replaces(run('2025-12-31', 0.1), quiet)).toBe(false)
  expect(replaces(run('2026-01-02', 9), run('2026-01-01', 10))).toBe(true)
  expect(replaces(run('2026-01-02', 9), undefined)).toBe(true)
})

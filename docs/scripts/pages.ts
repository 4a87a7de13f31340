import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Folders } from './folders.js'
import { mapLinks, resolveLink } from './links.js'
import { type MeasuredRun, measurementsMark, measurementTable } from './measurements.js'
import { listPages } from './sources.js'

/**
 * Writes all pages into the site with the links that hold there.
 *
 * @throws Error that names every link which leads nowhere.
 */
export function writePages({ repository, site }: Folders): void {
  const pages = listPages(repository)
  const broken: string[] = []
  const files = new Set<string>()
  const runs = JSON.parse(readFileSync(join(repository, 'docs', 'measurements.json'), 'utf8')) as MeasuredRun[]
  for (const page of pages) {
    const text = mapLinks(readFileSync(join(repository, page.source), 'utf8'), (href) => {
      const link = resolveLink(href, { page, pages, repository })
      if (link?.file !== undefined) files.add(link.file)
      if (link === undefined) broken.push(`${page.source}: ${href}`)
      return link?.href ?? href
    }).replace(/\]\(\/files\/[^()\s]+\)/g, (link) => `${link}{target="_self"}`)
    const target = join(site, page.target)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(
      target,
      page.source.startsWith('docs/') ? text.replace(measurementsMark, measurementTable(runs)) : plainText(text),
    )
  }
  for (const file of files) {
    const target = join(site, 'public', 'files', file)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(repository, file), target)
  }
  if (broken.length > 0) throw new Error(`links lead nowhere:\n${broken.join('\n')}`)
}

/** Pages of packages are written for any reader of Markdown: nothing in them is meant for Vue. */
function plainText(markdown: string): string {
  const [, title = '', rest = ''] = /^(# [^\n]*\n)([\s\S]*)$/.exec(markdown) ?? ['', '', markdown]
  return `${title}\n:::: v-pre\n${rest}\n::::\n`
}

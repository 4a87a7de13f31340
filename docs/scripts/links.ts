import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Page } from './sources.js'

/** A link of a page as the site writes it. */
export interface ResolvedLink {
  readonly href: string
  /** A file of the repository that the site must carry for this link. */
  readonly file?: string
}

/** Places in the site that the build makes: a link to them is checked by the build. */
const generated = /^\/(?:vectors|reference)(?:[/.#]|$)/

/**
 * Turns a link as it stands in the repository into a link of the site: to the page that shows a Markdown file, or to a copy of any other file.
 * Undefined when it leads nowhere.
 */
export function resolveLink(
  href: string,
  { page, pages, repository }: { readonly page: Page; readonly pages: readonly Page[]; readonly repository: string },
): ResolvedLink | undefined {
  if (/^(?:[a-z][a-z0-9+.-]*:|#)/i.test(href) || generated.test(href)) return { href }
  const [path = '', anchor] = href.split('#')
  const hash = anchor === undefined ? '' : `#${anchor}`
  const source = path.startsWith('/')
    ? sourceOfSitePath(path, pages)
    : posix.normalize(posix.join(posix.dirname(page.source), path))
  if (source === undefined || source.startsWith('..')) return undefined
  const place = join(repository, source)
  const candidates = [source, `${source}.md`, posix.join(source, 'README.md'), posix.join(source, 'index.md')]
  const shown = pages.find((other) => candidates.includes(other.source))
  if (shown !== undefined) return { href: `/${shown.target.replace(/(?:index)?\.md$/, '')}${hash}` }
  if (!existsSync(place) || !statSync(place).isFile()) return undefined
  return { href: `/files/${source}`, file: source }
}

function sourceOfSitePath(path: string, pages: readonly Page[]): string | undefined {
  const wanted = path.replace(/^\//, '').replace(/\.md$/, '')
  return pages.find(({ target }) => target.replace(/\.md$/, '') === (wanted === '' ? 'index' : wanted))?.source
}

const FENCE = /^(`{3,}|~{3,})/
const LINK = /(\]\()([^()\s]+)((?:\s+"[^"]*")?\))/g

/** Rewrites each link of a Markdown text outside of code blocks and code spans. */
export function mapLinks(markdown: string, change: (href: string) => string): string {
  let fence = ''
  return markdown
    .split('\n')
    .map((line) => {
      const mark = FENCE.exec(line.trimStart())?.[1]
      if (mark !== undefined && (fence === '' || mark.startsWith(fence))) {
        fence = fence === '' ? mark : ''
        return line
      }
      if (fence !== '') return line
      return line.replace(LINK, (_all, open: string, href: string, close: string) => `${open}${change(href)}${close}`)
    })
    .join('\n')
}

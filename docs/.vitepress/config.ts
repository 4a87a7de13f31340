import type { DefaultTheme, UserConfig } from 'vitepress'

/** The site. Its pages are put together in `.site` by `scripts/main.ts`. */
const config: UserConfig<DefaultTheme.Config> = {
  title: 'og',
  description: 'Verified, paid LLM inference in TypeScript.',
  lang: 'en',
  srcDir: '.site',
  outDir: 'dist',
  cleanUrls: false,
  // Stands in a docstring of a dependency's type that ours inherit.
  ignoreDeadLinks: ['/docs/glossary/terms'],
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        // The reference is found by its index; in the search it would bury the pages.
        _render: (source, env, markdown) =>
          env.relativePath.startsWith('reference/') ? '' : markdown.render(source, env),
      },
    },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/guides/app-developer' },
      { text: 'Protocols', link: '/spec/' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: [
      {
        text: 'Concepts',
        items: [
          { text: 'One call, three proofs', link: '/concepts/overview' },
          { text: 'Threat model', link: '/concepts/threat-model' },
          { text: 'Comparison', link: '/comparison' },
        ],
      },
      {
        text: 'Guides',
        items: [
          { text: 'App developer', link: '/guides/app-developer' },
          { text: 'Protocol engineer', link: '/guides/protocol-engineer' },
          { text: 'Node operator', link: '/guides/node-operator' },
          { text: 'Operating a gateway', link: '/operate' },
          { text: 'More than one gateway', link: '/scale' },
          { text: 'Auditor', link: '/guides/auditor' },
        ],
      },
      {
        text: 'Protocols',
        items: [
          { text: 'Index and conventions', link: '/spec/' },
          { text: 'Canonical JSON and hashes', link: '/spec/hashes' },
          { text: 'Receipt and terms', link: '/spec/receipt' },
          { text: 'Offer and price', link: '/spec/offer' },
          { text: 'Identity and report data', link: '/spec/identity' },
          { text: 'Log', link: '/spec/log' },
          { text: 'Sealed channel', link: '/spec/channel' },
          { text: 'Request binding of x402', link: '/spec/request-binding' },
          { text: 'Vectors', link: '/vectors' },
        ],
      },
      {
        text: 'Packages',
        items: ['client', 'x402', 'tee-verify', 'llm', 'settlement', 'ledger'].map((name) => ({
          text: `@og/${name}`,
          link: `/repository/packages/${name}`,
        })),
      },
      {
        text: 'Programs',
        items: ['gateway', 'facilitator', 'cli', 'devnet', 'explorer', 'indexer', 'examples'].map((name) => ({
          text: name,
          link: `/repository/apps/${name}`,
        })),
      },
      {
        text: 'More',
        items: [
          { text: 'API reference', link: '/reference/' },
          { text: 'Architecture', link: '/repository/architecture' },
          { text: 'Benchmarks', link: '/repository/bench' },
          { text: 'Security', link: '/repository/security' },
        ],
      },
    ],
  },
}

// biome-ignore lint/style/noDefaultExport: VitePress reads the default export.
export default config

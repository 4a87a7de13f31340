/**
 * The layers of ARCHITECTURE.md: leaves never import each other, compositions import leaves, apps import packages,
 * nothing imports an app except the apps that run others as parts of a devnet. Arrows only point down.
 */
const leaf = '(x402|tee-verify|llm|settlement)'
const test = '(\\.test\\.ts$|/test/|/scripts/)'

module.exports = {
  forbidden: [
    // Biome's own rule for this would read every module of the repository before it checks a single file.
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'leaves-are-independent',
      comment: 'The four leaves meet through functions and structural types only.',
      severity: 'error',
      from: { path: `^packages/${leaf}/`, pathNot: test },
      to: { path: '^(packages|apps)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'ledger-depends-on-x402-and-settlement-only',
      severity: 'error',
      from: { path: '^packages/ledger/', pathNot: test },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(ledger|x402|settlement)/' },
    },
    {
      name: 'client-depends-on-leaves-only',
      severity: 'error',
      from: { path: '^packages/client/', pathNot: test },
      to: { path: '^(packages|apps)/', pathNot: `^packages/(client|${leaf.slice(1, -1)})/` },
    },
    {
      name: 'devchain-depends-on-nothing-of-ours',
      severity: 'error',
      from: { path: '^packages/devchain/', pathNot: test },
      to: { path: '^(packages|apps)/', pathNot: '^packages/devchain/' },
    },
    {
      name: 'packages-never-import-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'only-devnet-cli-and-bench-run-apps',
      severity: 'error',
      from: { path: '^apps/(gateway|facilitator)/', pathNot: test },
      to: { path: '^apps/', pathNot: '^apps/(gateway|facilitator)/' },
    },
    {
      name: 'leaves-do-no-io',
      comment:
        'What a leaf needs from the world it takes as an option. The kernel of a TD speaks through files: their default is one folder. ' +
        'A pool of threads that only compute is asked for by name.',
      severity: 'error',
      from: {
        path: `^packages/${leaf}/src/`,
        pathNot: [test, '^packages/tee-verify/src/guest/', '^packages/x402/src/node/create-recover-pool[.]ts$'],
      },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|child_process|dgram|tls|worker_threads|os)' },
    },
    {
      name: 'peers-and-doubles-only-in-tests',
      severity: 'error',
      from: { path: '^packages/(?!devchain)', pathNot: test },
      to: { path: 'node_modules/(@x402|openai|express|solc)/|^packages/devchain/' },
    },
    {
      name: 'not-to-unresolvable',
      comment:
        "Ponder makes its own modules when it loads the indexer; Vite's build resolves what it is asked for by a query.",
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^ponder:|[?]worker&url$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/test/newer-clients/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@og/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}

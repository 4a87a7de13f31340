/** Entries that need Node, by design; every other one must also be usable from a browser bundle. */
const nodeOnly = new Set([
  '@og/tee-verify/node',
  '@og/x402/node',
  '@og/x402/express',
  '@og/ledger',
  '@og/ledger/postgres',
  '@og/ledger/x402',
])

/**
 * @param {Record<string, any>} manifest
 * @returns {string[]} specifiers of every entry that holds code
 */
export function entriesOf(manifest) {
  return Object.keys(manifest.exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => (path === '.' ? manifest.name : `${manifest.name}${path.slice(1)}`))
}

/**
 * @param {Record<string, any>} manifest
 * @returns {string[]}
 */
export function browserEntriesOf(manifest) {
  return entriesOf(manifest).filter((entry) => !nodeOnly.has(entry))
}

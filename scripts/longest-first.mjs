import { BaseSequencer } from 'vitest/node'

/** Projects whose tests mostly wait for processes that they start: chains, databases, gateways, browsers. */
export const waitingProjects = [
  'ledger',
  'devnet',
  'gateway',
  'examples',
  'indexer',
  'explorer',
  'facilitator',
  'cli',
].map((name) => `@og/${name}`)

/** Files of ten seconds and more. */
const longFiles = [
  'crash-postgres',
  'crash-sqlite',
  'devnet/test/devnet',
  'client-safety',
  'devnet/test/explorer',
  'devnet/test/demo',
  'gateway-rolling',
  'gateway/test/crash',
  'node/node',
  'tamper',
].map((name) => `${name}.test.ts`)

const rankOf = (list, isIt) => {
  const index = list.findIndex(isIt)
  return index === -1 ? list.length : index
}

/** Starts what takes longest first, so that no worker is left alone with it at the end. A project's files stay together. */
export class LongestFirst extends BaseSequencer {
  async sort(specifications) {
    const keyOf = ({ project, moduleId }) => [
      project.config.sequence.groupOrder,
      rankOf(waitingProjects, (name) => name === project.name),
      rankOf(longFiles, (name) => moduleId.endsWith(name)),
    ]
    const sorted = (await super.sort(specifications)).map((specification) => [keyOf(specification), specification])
    return sorted
      .sort(
        ([a, { project }], [b, { project: other }]) =>
          a[0] - b[0] || a[1] - b[1] || project.name.localeCompare(other.name) || a[2] - b[2],
      )
      .map(([, specification]) => specification)
  }
}

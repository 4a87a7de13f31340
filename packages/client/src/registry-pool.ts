import type { InferenceMode, RecoverPublicKey } from '@og/settlement'
import { priceOf } from './check-offer.js'
import { ClientError } from './client-error.js'
import { AVOID_SECONDS, MAX_POOL_NODES, NODE_TIMEOUT_MS, REGISTRY_TTL_SECONDS, type World } from './defaults.js'
import { fetchOffers, type ShownOffer } from './fetch-offers.js'
import type { NodeDirectory } from './node-directory.js'
import type { NodePool, PoolQuery } from './node-pool.js'
import { stringAt } from './read-json.js'
import type { RegistryView } from './registry-view.js'
import { failureOf } from './translate-error.js'
import { isSignedBy, type VerifiedNode } from './verify-node.js'

/** What stands for "a node of the registry" where a URL is needed; it resolves nowhere (RFC 2606). */
const REGISTRY_BASE_URL = 'https://registry.og.invalid'

/** Options of {@link createRegistryPool}. */
export interface RegistryPoolOptions {
  readonly mode: InferenceMode
  readonly registry: RegistryView
  readonly world: World
  /** The directory of an endpoint; the same one every time. */
  readonly directoryAt: (endpoint: string) => NodeDirectory
}

/** A node that has answered and holds before the client's checks. */
interface PoolMember {
  readonly directory: NodeDirectory
  readonly node: VerifiedNode
  readonly offers: readonly ShownOffer[]
}

interface Survey {
  readonly members: readonly PoolMember[]
  readonly failures: readonly ClientError[]
  readonly until: bigint
}

/**
 * Creates the pool of the nodes in an on-chain registry: those that are registered for the mode, valid, not revoked, answer, and hold before
 * the client's own checks. The cheapest for a request comes first.
 */
export function createRegistryPool(options: RegistryPoolOptions): NodePool {
  const { mode, world } = options
  const avoided = new Map<NodeDirectory, bigint>()
  let known: Survey | undefined
  let pending: Promise<Survey> | undefined

  async function survey(): Promise<Survey> {
    const endpoints = (await options.registry.endpoints(mode)).slice(0, MAX_POOL_NODES)
    const found = await Promise.all(
      endpoints.map((endpoint) => lookAt(endpoint).catch((error: unknown) => failureOf(error, { signal: undefined }))),
    )
    return {
      members: found.flatMap((entry) => (entry instanceof ClientError ? [] : [entry])),
      failures: found.flatMap((entry) => (entry instanceof ClientError ? [entry] : [])),
      until: world.now() + REGISTRY_TTL_SECONDS,
    }
  }

  async function lookAt(endpoint: string): Promise<PoolMember> {
    const directory = options.directoryAt(endpoint)
    const signal = AbortSignal.timeout(NODE_TIMEOUT_MS)
    const node = await directory.node({ attested: mode === 'TEE', signal })
    const offers = await fetchOffers({ baseUrl: endpoint, fetch: world.fetch, domain: node.domain, signal })
    return { directory, node, offers }
  }

  function isAvoided({ directory }: PoolMember): boolean {
    return (avoided.get(directory) ?? 0n) > world.now()
  }

  async function current(): Promise<Survey> {
    const isGood = known !== undefined && world.now() < known.until && !known.members.every(isAvoided)
    if (known !== undefined && isGood) return known
    pending ??= survey().finally(() => {
      pending = undefined
    })
    known = await pending
    return known
  }

  return {
    baseUrl: REGISTRY_BASE_URL,
    async candidates(query) {
      const { members, failures } = await current()
      if (members.length === 0) {
        // The first reason is told: with one node it is the reason.
        const [first] = failures
        throw first ?? new ClientError('NODE_UNAVAILABLE', `the registry names no node for ${mode} calls`)
      }
      return members
        .map((member) => ({ member, price: shownPriceOf(member, query, world.secp256k1.recover) }))
        .sort((a, b) => Number(isAvoided(a.member)) - Number(isAvoided(b.member)) || comparePrices(a.price, b.price))
        .map(({ member }) => member.directory)
    },
    avoid(directory) {
      avoided.set(directory, world.now() + AVOID_SECONDS)
    },
  }
}

/** What a node shows that the request would cost at most; `undefined` when it does not offer it, or not by its own signature. */
function shownPriceOf({ node, offers }: PoolMember, query: PoolQuery, recover: RecoverPublicKey): bigint | undefined {
  const model = stringAt(query.request, 'model') ?? ''
  const shown = offers.find(({ offer }) => offer.model === model || offer.model.endsWith(`/${model}`))
  if (shown === undefined || shown.offer.nodeId !== node.nodeId) return undefined
  const { digest, signature } = shown
  if (!isSignedBy({ digest, signature, signer: node.manifest.receiptKey }, recover)) return undefined
  return priceOf(shown.offer, query)
}

/** The cheapest first; those without a price last. */
function comparePrices(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return a < b ? -1 : a > b ? 1 : 0
}

import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { Pool } from 'undici'
import { createLightFetch } from './light-fetch.js'

/** Addresses that no provider on the internet has: this machine, its networks, link-local with the clouds' metadata, multicast. */
const inner = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inner.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inner.addSubnet(network, prefix, 'ipv6')
}

/** Whether an address belongs to this machine, a network behind it, or to nobody; also where IPv6 wraps an IPv4 address. */
export function isInnerAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return inner.check(address, 'ipv4')
  if (family !== 6) return true
  const mapped = /^::(?:ffff:(?:0:)?)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return inner.check(mapped, 'ipv4')
  const hex = /^::ffff:(?:0:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address)
  if (hex !== null) {
    const [high = 0, low = 0] = hex.slice(1).map((part) => Number.parseInt(part, 16))
    return inner.check([high >> 8, high & 255, low >> 8, low & 255].join('.'), 'ipv4')
  }
  return inner.check(address, 'ipv6')
}

/** Options of {@link createProviderFetch}. */
export interface ProviderFetchOptions {
  /** The provider's URL from the configuration: the only origin that this `fetch` speaks to. */
  readonly baseUrl: string
  /** Lets its name resolve into inner networks. Without it only a literal inner address, or `localhost`, leads there. */
  readonly allowInner: boolean
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  /** Resolves names; the system's resolver unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>
}

/**
 * Creates the `fetch` of one provider. It goes to the origin of the configuration and nowhere else, and what the name resolves to is checked
 * at the moment of connecting: a name that begins to point inwards (DNS rebinding) leads nowhere.
 */
export function createProviderFetch(options: ProviderFetchOptions): {
  readonly fetch: typeof globalThis.fetch
  readonly close: () => Promise<void>
} {
  const { origin, hostname } = new URL(options.baseUrl)
  const literal = hostname.replace(/^\[|\]$/g, '')
  const mayBeInner = options.allowInner || hostname === 'localhost' || isIP(literal) !== 0
  const resolve = options.resolve ?? ((host: string) => lookup(host, { all: true }))
  const pool = new Pool(origin, {
    connections: options.maxConnections,
    connect: {
      timeout: options.connectTimeoutMs,
      lookup: (host, { all }, callback) => {
        resolve(host).then(
          (addresses) => {
            const allowed = mayBeInner ? [...addresses] : addresses.filter(({ address }) => !isInnerAddress(address))
            const [first] = allowed
            if (first === undefined) callback(new Error('the name of a provider leads into an inner network'), '', 4)
            else if (all === true) callback(null, allowed)
            else callback(null, first.address, first.family)
          },
          (error: Error) => callback(error, '', 4),
        )
      },
    },
    keepAliveTimeout: 30_000,
    // The caller has its own deadlines, which know a first piece from a pause.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const light = createLightFetch(pool)
  let ownInput: string | undefined
  const fetch: typeof globalThis.fetch = (input, init) => {
    const isOwn = typeof input === 'string' && (input === ownInput || new URL(input).origin === origin)
    if (isOwn) ownInput = input
    return isOwn ? light(input, init) : Promise.reject(new Error('another origin than the configured one'))
  }
  return { fetch, close: () => pool.close() }
}

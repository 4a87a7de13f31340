import {
  anthropicUpstream,
  geminiUpstream,
  openAiCompatibleUpstream,
  openAiUpstream,
  scriptedUpstream,
  type Upstream,
  xAiUpstream,
} from '@og/llm/upstream'
import type { GatewayConfig } from './config.js'
import { createProviderFetch } from './provider-fetch.js'
import type { PoolMember } from './upstream-pool.js'

/** The providers of a node and their keys. Keys live here, in memory, and nowhere else. */
export interface ConfiguredUpstreams {
  readonly members: readonly PoolMember[]
  /** Gives a provider its key; `false` when there is no provider of that name. */
  readonly setKey: (id: string, apiKey: string) => boolean
  readonly close: () => Promise<void>
}

type UpstreamConfig = GatewayConfig['upstreams'][number]

const connectTimeoutMs = 5000
const defaultMaxConcurrent = 256
const defaultTimeoutSeconds = 60

/**
 * Builds the providers of the configuration. Without any, a scripted model answers, labelled as such. One on the internet cannot be called
 * before it has a key; one of this machine's networks may need none.
 */
export function createConfiguredUpstreams(config: Pick<GatewayConfig, 'upstreams'>): ConfiguredUpstreams {
  if (config.upstreams.length === 0) {
    const scripted = scriptedUpstream()
    const member = { id: 'scripted', families: [], maxConcurrent: 10_000, upstream: () => scripted }
    return { members: [member], setKey: () => false, close: async () => undefined }
  }
  const providers = config.upstreams.map((upstream) => {
    const connection = createProviderFetch({
      baseUrl: upstream.baseUrl,
      allowInner: upstream.allowInnerNetwork ?? false,
      maxConnections: upstream.maxConcurrent ?? defaultMaxConcurrent,
      connectTimeoutMs,
    })
    return { config: upstream, connection, current: upstreamOf(upstream, { apiKey: upstream.apiKey, ...connection }) }
  })
  return {
    members: providers.map((provider) => ({
      id: provider.config.id,
      families: provider.config.families,
      maxConcurrent: provider.config.maxConcurrent ?? defaultMaxConcurrent,
      upstream: () => provider.current,
    })),
    setKey: (id, apiKey) => {
      const provider = providers.find((candidate) => candidate.config.id === id)
      if (provider === undefined) return false
      provider.current = upstreamOf(provider.config, { apiKey, ...provider.connection })
      return true
    },
    close: async () => {
      await Promise.all(providers.map(({ connection }) => connection.close()))
    },
  }
}

function upstreamOf(
  config: UpstreamConfig,
  { apiKey, fetch }: { readonly apiKey: string | undefined; readonly fetch: typeof globalThis.fetch },
): Upstream | undefined {
  const common = {
    id: config.id,
    baseUrl: config.baseUrl,
    fetch,
    firstPieceTimeoutMs: (config.firstPieceTimeoutSeconds ?? defaultTimeoutSeconds) * 1000,
    idleTimeoutMs: (config.idleTimeoutSeconds ?? defaultTimeoutSeconds) * 1000,
  }
  switch (config.api ?? 'openai-compatible') {
    case 'openai-compatible':
      if (apiKey === undefined && config.baseUrl.startsWith('https:')) return undefined
      return openAiCompatibleUpstream({ ...common, ...(apiKey === undefined ? {} : { apiKey }) })
    case 'openai':
      return apiKey === undefined ? undefined : openAiUpstream({ ...common, apiKey })
    case 'openai-responses':
      return apiKey === undefined ? undefined : openAiUpstream({ ...common, apiKey, api: 'responses' })
    case 'x-ai':
      return apiKey === undefined ? undefined : xAiUpstream({ ...common, apiKey })
    case 'x-ai-responses':
      return apiKey === undefined ? undefined : xAiUpstream({ ...common, apiKey, api: 'responses' })
    case 'anthropic':
      return apiKey === undefined ? undefined : anthropicUpstream({ ...common, apiKey })
    case 'gemini':
      return apiKey === undefined ? undefined : geminiUpstream({ ...common, apiKey })
  }
}

import type { GatewayConfig } from '@og/gateway'

/** Providers that the environment names; an empty list means the scripted model. */
export function upstreamsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): GatewayConfig['upstreams'] {
  const upstreams: GatewayConfig['upstreams'] = []
  const url = environment['OG_UPSTREAM_URL']
  if (url !== undefined && url !== '') {
    const apiKey = environment['OG_UPSTREAM_API_KEY']
    upstreams.push({ id: 'custom', baseUrl: url, families: [], ...(apiKey ? { apiKey } : {}) })
  }
  const providers = [
    { id: 'openai', variable: 'OPENAI_API_KEY', baseUrl: 'https://api.openai.com/v1', family: 'openai' },
    { id: 'xai', variable: 'XAI_API_KEY', baseUrl: 'https://api.x.ai/v1', family: 'x-ai' },
    // Both offer an OpenAI-compatible endpoint; native translators know more of their features.
    { id: 'anthropic', variable: 'ANTHROPIC_API_KEY', baseUrl: 'https://api.anthropic.com/v1', family: 'anthropic' },
    {
      id: 'google',
      variable: 'GEMINI_API_KEY',
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
      family: 'google',
    },
  ]
  for (const { id, variable, baseUrl, family } of providers) {
    const apiKey = environment[variable]
    if (apiKey !== undefined && apiKey !== '') upstreams.push({ id, baseUrl, apiKey, families: [family] })
  }
  return upstreams
}

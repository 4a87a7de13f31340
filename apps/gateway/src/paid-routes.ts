import type { Endpoint } from './endpoint-body.js'
import type { PostRoute } from './gateway-listener.js'
import { serveInference } from './inference.js'
import type { InferenceDependencies } from './inference-context.js'

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': 'chat.completions',
  '/v1/completions': 'completions',
  '/v1/responses': 'responses',
  '/v1/embeddings': 'embeddings',
}

/** The paths of paid calls. */
export const paidPaths: readonly string[] = Object.keys(endpoints)

/** The routes of paid calls, by path. */
export function paidRoutes(dependencies: InferenceDependencies): Readonly<Record<string, PostRoute>> {
  const routes = Object.entries(endpoints).map(([path, endpoint]): [string, PostRoute] => [
    path,
    (request, reply) => serveInference(dependencies, { endpoint, ...request }, reply),
  ])
  return Object.fromEntries(routes)
}

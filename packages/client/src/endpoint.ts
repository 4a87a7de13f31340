import type { Endpoint } from '@og/settlement'
import { ClientError } from './client-error.js'

const ENDPOINTS: readonly { readonly path: string; readonly endpoint: Endpoint }[] = [
  { path: '/v1/chat/completions', endpoint: 'chat.completions' },
  { path: '/v1/completions', endpoint: 'completions' },
  { path: '/v1/embeddings', endpoint: 'embeddings' },
]

/**
 * The endpoint that a path on a node names.
 * @throws ClientError `UNSUPPORTED_ENDPOINT` for one whose answers carry no receipt.
 */
export function endpointOf(pathname: string): Endpoint {
  const found = ENDPOINTS.find(({ path }) => path === pathname)
  if (found === undefined) {
    throw new ClientError('UNSUPPORTED_ENDPOINT', `answers of ${pathname} carry no receipt: nothing is sent there`)
  }
  return found.endpoint
}

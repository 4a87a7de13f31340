import type { KeyManifest } from '@og/settlement'
import type { CliEnvironment } from '../environment.js'
import { fetchNodeJson, NodeFailure } from '../node-url.js'

/** Asks a node for its key manifest. It is the node's own word: `og attest` is what proves it. @throws NodeFailure */
export async function fetchManifest(url: string, environment: CliEnvironment): Promise<KeyManifest> {
  const answer = await fetchNodeJson(`${url}/v1/attestation?nonce=0x${'00'.repeat(32)}`, environment)
  const { parseManifest } = await import('@og/settlement')
  try {
    return parseManifest(answer['manifest'])
  } catch {
    throw new NodeFailure(`${url} describes itself in a way that cannot be read`)
  }
}

import type { Hex, JsonObject } from '@og/settlement'
import { hexToBytes } from 'viem'
import type { AttestationSource } from './attestation-source.js'
import type { NodeIdentity } from './node-identity.js'

/** What a node shows of an identity: its manifest, its sealing key, and, where there is hardware, a quote over `nodeId ‖ nonce`. */
export async function createEvidence(
  identity: NodeIdentity,
  { nonce, source }: { readonly nonce: Hex; readonly source: AttestationSource | undefined },
): Promise<JsonObject> {
  const { nodeId, manifestJson } = identity
  const sealingKey = identity.signedSealingKey()
  return {
    nodeId,
    manifest: manifestJson,
    sealingKey: sealingKey === null ? null : { ...sealingKey },
    attestation: source === undefined ? null : await attest(source, { nodeId, nonce }),
  }
}

async function attest(
  source: AttestationSource,
  { nodeId, nonce }: { readonly nodeId: Hex; readonly nonce: Hex },
): Promise<JsonObject> {
  const reportData = new Uint8Array(64)
  reportData.set(hexToBytes(nodeId), 0)
  reportData.set(hexToBytes(nonce), 32)
  const { quote, collateral, platform } = await source.fetchEvidence(reportData)
  return { quote: `0x${Buffer.from(quote).toString('hex')}`, collateral, nonce, platform }
}

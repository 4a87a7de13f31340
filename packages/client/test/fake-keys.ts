import {
  addressOf,
  encodeManifest,
  encodeSealingKey,
  type Hex,
  hashSealingKey,
  hexOf,
  type JsonObject,
  type KeyManifest,
  nodeIdOf,
  parseStrictJson,
  signDigest,
} from '@og/settlement'
import { reportDataFor } from '@og/tee-verify'
import { createChannelServer, createSealingKey } from '@og/tee-verify/channel'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { DOMAIN, FAKE_PAYEE, FAKE_TOKEN, INFERENCE_LOG, LOG_ID, NETWORK, NODE_REGISTRY } from './fake-addresses.js'
import type { NodeFaults } from './node-faults.js'

/** What a test node is from one restart to the next. */
export interface NodeKeys {
  readonly receiptKey: Hex
  readonly manifest: KeyManifest
  readonly nodeId: Hex
  readonly channel: ReturnType<typeof createChannelServer>
  readonly sealingPublicKey: Uint8Array
}

/** Draws the keys of a node. */
export async function drawKeys(options: {
  readonly mode: 'TEE' | 'VANILLA'
  readonly url: string
  readonly now: () => bigint
}): Promise<NodeKeys> {
  const { mode, url, now } = options
  const receiptKey = hexOf(globalThis.crypto.getRandomValues(new Uint8Array(32)))
  const sealing = await createSealingKey()
  const manifest: KeyManifest = {
    version: '1',
    mode,
    logId: LOG_ID,
    receiptKey: addressOf(receiptKey),
    sealing:
      mode === 'TEE' ? { suite: 'X25519-HKDF-SHA256/HKDF-SHA256/AES-128-GCM', rule: 'signed-by-receipt-key' } : null,
    payments: [{ network: NETWORK, asset: FAKE_TOKEN, payTo: FAKE_PAYEE }],
    record: { chainId: 84532n, inferenceLog: INFERENCE_LOG, nodeRegistry: NODE_REGISTRY },
    endpoint: url,
    codeVersion: 'fake-node',
    notBefore: now() - 60n,
    notAfter: now() + 86_400n,
  }
  return {
    receiptKey,
    manifest,
    nodeId: nodeIdOf(manifest),
    channel: createChannelServer({ keys: () => [sealing], paymentHeaders: 'inside', now }),
    sealingPublicKey: sealing.publicKey,
  }
}

/** What `/v1/attestation` answers. */
export function evidenceOf(
  keys: NodeKeys,
  options: { readonly nonce: Hex; readonly now: bigint; readonly faults: NodeFaults },
): JsonObject {
  const { manifest, nodeId } = keys
  const isTee = manifest.mode === 'TEE'
  const evidence: JsonObject = {
    nodeId,
    manifest: encodeManifest(manifest),
    sealingKey: isTee ? signedSealingKeyOf(keys) : null,
    attestation: isTee ? attestationOf(nodeId, options) : null,
  }
  return options.faults.evidence?.(evidence) ?? evidence
}

function signedSealingKeyOf({ nodeId, manifest, sealingPublicKey, receiptKey }: NodeKeys): JsonObject {
  const { notBefore, notAfter } = manifest
  const statement = { nodeId, publicKey: hexOf(sealingPublicKey), notBefore, notAfter }
  return {
    statement: encodeSealingKey(statement),
    signature: signDigest(hashSealingKey(statement, DOMAIN), receiptKey),
  }
}

function attestationOf(
  nodeId: Hex,
  { nonce, now, faults }: { readonly nonce: Hex; readonly now: bigint; readonly faults: NodeFaults },
): JsonObject {
  const platform = createSimulatedPlatform({ now })
  const quote = platform.quote({ reportData: reportDataFor({ nodeId, nonce }), ...faults.quote })
  const collateral = parseStrictJson(JSON.stringify(platform.collateral()))
  return { quote: hexOf(quote), collateral, nonce, platform: 'simulated' }
}

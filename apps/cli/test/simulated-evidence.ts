import {
  encodeManifest,
  encodeSealingKey,
  type Hex,
  hashSealingKey,
  hexOf,
  type JsonObject,
  type KeyManifest,
  nodeIdOf,
  signDigest,
} from '@og/settlement'
import { reportDataFor } from '@og/tee-verify'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

/** What `/v1/attestation` shows. */
export interface Evidence {
  readonly nodeId: Hex
  readonly manifest: JsonObject
  readonly sealingKey: JsonObject
  readonly attestation: { readonly quote: Hex; readonly collateral: JsonObject; readonly nonce: Hex }
}

/** Draws keys as a node does and lets the simulator vouch for them, with these fields of the manifest and of the quote. */
export function simulatedEvidence(
  fields: Omit<KeyManifest, 'receiptKey'>,
  options: {
    readonly now: bigint
    readonly nonce?: Hex
    readonly privateKey?: Hex
    readonly quote?: { readonly mrTd?: Hex; readonly rtMr?: readonly [Hex, Hex, Hex, Hex] }
  },
): Evidence {
  const { now, nonce = `0x${'5a'.repeat(32)}`, privateKey = generatePrivateKey() } = options
  const manifest: KeyManifest = { ...fields, receiptKey: privateKeyToAccount(privateKey).address }
  const nodeId = nodeIdOf(manifest)
  const domain = { chainId: manifest.record.chainId, verifyingContract: manifest.record.inferenceLog }
  const { notBefore, notAfter } = manifest
  const statement = { nodeId, publicKey: `0x${'07'.repeat(32)}` as const, notBefore, notAfter }
  const platform = createSimulatedPlatform({ now })
  const quote = platform.quote({ reportData: reportDataFor({ nodeId, nonce }), ...options.quote })
  return {
    nodeId,
    manifest: encodeManifest(manifest),
    sealingKey: {
      statement: encodeSealingKey(statement),
      signature: signDigest(hashSealingKey(statement, domain), privateKey),
    },
    attestation: { quote: hexOf(quote), collateral: { ...platform.collateral() }, nonce },
  }
}

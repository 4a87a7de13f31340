import {
  encodeManifest,
  type Hex,
  type JsonObject,
  type KeyManifest,
  nodeIdOf,
  type ReceiptDomain,
  signDigest,
} from '@og/settlement'
import type { SealingKeyPair } from '@og/tee-verify/channel'
import { createFastSigner } from '@og/x402/node'
import { type Address, bytesToHex, getAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { GatewayConfig } from './config.js'
import { createSealingKeys, type SignedSealingKey } from './sealing-keys.js'

/** Who this node is: keys born in this process's memory, and the manifest that names them. Nothing of it is ever written to disk. */
export interface NodeIdentity {
  readonly nodeId: Hex
  readonly manifest: KeyManifest
  readonly manifestJson: JsonObject
  readonly domain: ReceiptDomain
  /** Signs an EIP-712 digest with the receipt key. */
  readonly sign: (digest: Hex) => Hex
  /** The same signature, by native code where it loads: for what is signed with every call, and in the middle of streams. */
  readonly signNow: (digest: Hex) => Hex
  /** The current HPKE key pairs, newest first; empty on a VANILLA node. */
  readonly sealingKeys: () => readonly SealingKeyPair[]
  /** The newest HPKE key with the receipt key's signature over it. */
  readonly signedSealingKey: () => SignedSealingKey | null
  /** Lets the next sealing key follow when it is time. */
  readonly renewSealingKeys: () => Promise<void>
}

/** Options of {@link createNodeIdentity}. */
export interface NodeIdentityOptions {
  readonly config: GatewayConfig
  readonly endpoint: string
  readonly codeVersion: string
  readonly now: () => bigint
  readonly randomBytes: (length: number) => Uint8Array
}

/** Draws a node's keys and writes its key manifest. */
export async function createNodeIdentity(options: NodeIdentityOptions): Promise<NodeIdentity> {
  const { config } = options
  const now = options.now()
  const receiptPrivateKey = bytesToHex(options.randomBytes(32))
  const sealed = config.mode === 'TEE'
  const manifest: KeyManifest = {
    version: '1',
    mode: config.mode,
    logId: config.logId as Hex,
    receiptKey: privateKeyToAccount(receiptPrivateKey).address,
    sealing: sealed ? { suite: 'X25519-HKDF-SHA256/HKDF-SHA256/AES-128-GCM', rule: 'signed-by-receipt-key' } : null,
    payments: [
      { network: `eip155:${config.chainId}`, asset: getAddress(config.token.address), payTo: getAddress(config.payTo) },
    ],
    record: {
      chainId: BigInt(config.chainId),
      inferenceLog: getAddress(config.inferenceLog),
      nodeRegistry: getAddress(config.nodeRegistry),
    },
    endpoint: options.endpoint,
    codeVersion: options.codeVersion,
    // A minute of grace, for clients and chains whose clock is behind.
    notBefore: now - 60n,
    notAfter: now + BigInt(config.keyValiditySeconds),
  }
  const nodeId = nodeIdOf(manifest)
  const domain: ReceiptDomain = {
    chainId: manifest.record.chainId,
    verifyingContract: manifest.record.inferenceLog as Address,
  }
  const sign = (digest: Hex): Hex => signDigest(digest, receiptPrivateKey)
  const sealing = sealed
    ? await createSealingKeys({
        nodeId,
        domain,
        sign,
        now: options.now,
        renewAfterSeconds: BigInt(config.sealingKeySeconds),
        overlapSeconds: BigInt(config.sealingOverlapSeconds),
        notAfter: manifest.notAfter,
      })
    : undefined
  return {
    nodeId,
    manifest,
    manifestJson: encodeManifest(manifest),
    domain,
    sign,
    signNow: createFastSigner({ privateKey: receiptPrivateKey }).signDigestNow,
    sealingKeys: () => sealing?.current() ?? [],
    signedSealingKey: () => sealing?.signed() ?? null,
    renewSealingKeys: async () => sealing?.renew(),
  }
}

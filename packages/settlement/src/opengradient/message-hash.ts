import { bytesOf, type Hex } from '../hex.js'
import { keccak256 } from '../keccak.js'
import { SettlementError } from '../settlement-error.js'
import { hashPythonJson } from './canonical-request.js'
import type { PythonJson } from './python-json.js'

/** What an answer consists of for OpenGradient's hash: its text, or its tool calls when it ended with them. */
export type TeeOutput = { readonly text: string } | { readonly toolCalls: PythonJson }

/** Hashes an answer as OpenGradient's gateway does: Keccak-256 of its text, or of Python's spelling of its tool calls. */
export function hashOutput(output: TeeOutput): Hex {
  if ('toolCalls' in output) return hashPythonJson(output.toolCalls)
  return keccak256(new TextEncoder().encode(output.text))
}

/** What OpenGradient's enclave signs. */
export interface TeeMessage {
  readonly requestHash: Hex
  readonly outputHash: Hex
  /** Unix seconds. */
  readonly timestamp: bigint
}

/**
 * Computes the message hash: `keccak256(requestHash ‖ outputHash ‖ uint256(timestamp))`.
 *
 * @throws SettlementError `INVALID_HEX`; `OUT_OF_RANGE` for a time that is no `uint64`.
 */
export function hashMessage({ requestHash, outputHash, timestamp }: TeeMessage): Hex {
  if (timestamp < 0n || timestamp >> 64n !== 0n) throw new SettlementError('OUT_OF_RANGE', 'timestamp is no uint64')
  const bytes = new Uint8Array(96)
  bytes.set(bytesOf(requestHash, 32), 0)
  bytes.set(bytesOf(outputHash, 32), 32)
  new DataView(bytes.buffer).setBigUint64(88, timestamp)
  return keccak256(bytes)
}

/** Derives an enclave's identity: Keccak-256 of its RSA key as DER SubjectPublicKeyInfo. */
export function teeIdOf(publicKey: Uint8Array): Hex {
  return keccak256(publicKey)
}

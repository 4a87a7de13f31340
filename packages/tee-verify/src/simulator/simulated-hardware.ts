import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import type { MeasurementTuple } from '../policy/check-policy.js'

/** What the simulated machine is: its family and its SVNs. */
export interface SimulatedHardware {
  readonly fmspc: Uint8Array
  readonly components: readonly number[]
  readonly pceSvn: number
  readonly teeTcbSvn: readonly number[]
  readonly qeIsvSvn: number
  readonly qeIsvProdId: number
}

/** Constants of the simulated machine, of one kind and without secrets. */
export const simulatedHardware: SimulatedHardware = {
  fmspc: Uint8Array.of(0x5e, 0xed, 0x5e, 0xed, 0, 0),
  components: [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 13,
  /** Minor version 5 of TDX module 1, SEAM loader 2. */
  teeTcbSvn: [5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  qeIsvSvn: 4,
  qeIsvProdId: 2,
}

/** 32 bytes that belong to this label and to nothing else. */
export function labelledBytes(label: string, seed: Uint8Array = new Uint8Array()): Uint8Array {
  return sha256(concatBytes(seed, new TextEncoder().encode(`OpenGradient simulator: ${label}`)))
}

/** MRSIGNER of the simulated quoting enclave. */
export function simulatedQeSigner(): Uint8Array {
  return labelledBytes('quoting enclave signer')
}

/** The measurements of a simulated TD unless other ones are named: what a policy lists to accept it. */
export function simulatedMeasurements(): Required<MeasurementTuple> {
  const measurement = (label: string): Hex => hexOf(sha384(labelledBytes(label)))
  return {
    mrTd: measurement('MRTD'),
    rtMr0: measurement('RTMR0'),
    rtMr1: measurement('RTMR1'),
    rtMr2: measurement('RTMR2'),
    rtMr3: measurement('RTMR3'),
  }
}

import type { Hex, JsonObject } from '@og/settlement'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'

/** A piece of evidence for a node's keys: a quote over `report_data`, and what is needed to judge it. */
export interface Evidence {
  readonly quote: Uint8Array
  readonly collateral: JsonObject
  readonly platform: 'intel' | 'simulated'
}

/** Where a node's evidence comes from: a port, so that hardware and the simulator are told apart by name and never by accident. */
export interface AttestationSource {
  /** Fetches a quote whose `report_data` are exactly these 64 bytes. */
  readonly fetchEvidence: (reportData: Uint8Array) => Promise<Evidence>
}

/** Evidence as `GET /v1/attestation` shows it. */
export interface EvidenceJson {
  readonly quote: Hex
  readonly collateral: JsonObject
  readonly nonce: Hex
  readonly platform: 'intel' | 'simulated'
}

/** What a simulated enclave claims to be. Every field ends up in quotes that only the simulator's own trust root vouches for. */
export interface SimulatedEnclave {
  readonly mrTd: Hex
  readonly rtMr: readonly Hex[]
  readonly debug: boolean
}

/** The measurements of the devnet's simulated enclave: fixed and published, so that clients can name them in a policy. */
export const simulatedEnclave: SimulatedEnclave = {
  mrTd: `0x${'0a'.repeat(48)}`,
  rtMr: ['10', '11', '12', '13'].map((byte): Hex => `0x${byte.repeat(48)}`),
  debug: false,
}

/** Creates the simulator's side of the port. */
export function createSimulatorSource(options: {
  readonly now: () => bigint
  readonly enclave: SimulatedEnclave
}): AttestationSource {
  return {
    fetchEvidence: async (reportData) => {
      const platform = createSimulatedPlatform({ now: options.now() })
      const { mrTd, rtMr, debug } = options.enclave
      return {
        quote: platform.quote({ reportData, mrTd, rtMr, debug }),
        collateral: platform.collateral(),
        platform: 'simulated',
      }
    },
  }
}

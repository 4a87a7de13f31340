import type { Hex, JsonObject } from '@og/settlement'
import type { MeasurementTuple } from '@og/tee-verify'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'

/** A piece of evidence for a node's keys: a quote over `report_data`, and what is needed to judge it. */
interface Evidence {
  readonly quote: Uint8Array
  readonly collateral: JsonObject
  readonly platform: 'intel' | 'simulated'
}

/** Where a node's evidence comes from: a port, so that hardware and the simulator are told apart by name and never by accident. */
export interface AttestationSource {
  /** Fetches a quote whose `report_data` are exactly these 64 bytes. */
  readonly fetchEvidence: (reportData: Uint8Array) => Promise<Evidence>
}

/** What a simulated enclave claims to be. Every field ends up in quotes that only the simulator's own trust root vouches for. */
export interface SimulatedEnclave {
  readonly measurements: Required<MeasurementTuple>
  readonly debug: boolean
}

function measurement(byte: string): Hex {
  return `0x${byte.repeat(48)}`
}

/** The measurements of the devnet's simulated enclave: fixed and published, so that clients can name them in a policy. */
export const simulatedMeasurements: Required<MeasurementTuple> = {
  mrTd: measurement('0a'),
  rtMr0: measurement('10'),
  rtMr1: measurement('11'),
  rtMr2: measurement('12'),
  rtMr3: measurement('13'),
}

/** Creates the simulator's side of the port. */
export function createSimulatorSource(options: {
  readonly now: () => bigint
  readonly enclave: SimulatedEnclave
}): AttestationSource {
  return {
    fetchEvidence: async (reportData) => {
      const platform = createSimulatedPlatform({ now: options.now() })
      const { measurements, debug } = options.enclave
      const { mrTd, rtMr0, rtMr1, rtMr2, rtMr3 } = measurements
      return {
        quote: platform.quote({ reportData, mrTd, rtMr: [rtMr0, rtMr1, rtMr2, rtMr3], debug }),
        collateral: { ...platform.collateral() },
        platform: 'simulated',
      }
    },
  }
}

import type { Hex } from '@og/settlement'
import { configfsTsmQuoteSource } from '@og/tee-verify/node'
import { createCollateralCache, intelPcs, pccsSource } from '@og/tee-verify/pccs'
import {
  type AttestationSource,
  createSimulatorSource,
  type SimulatedEnclave,
  simulatedMeasurements,
} from './attestation-source.js'
import type { GatewayConfig } from './config.js'
import { createConfigfsSource } from './configfs-source.js'
import { errorText } from './error-text.js'
import { GatewayError } from './gateway-error.js'

/** The source of evidence that the configuration names: the kernel of a trust domain, or the simulator, and neither in place of the other. */
export function configuredAttestationSource(config: GatewayConfig, now: () => bigint): AttestationSource {
  if (config.attestation === 'simulator') return createSimulatorSource({ now, enclave: claimedEnclave(config) })
  return createConfigfsSource({
    quoteOf: configfsTsmQuoteSource(),
    collateral: config.pccsUrl === undefined ? intelPcs : pccsSource(config.pccsUrl),
    cache: createCollateralCache(),
    fetch: globalThis.fetch,
    now,
  })
}

/**
 * Asks for evidence once, before anybody is served.
 * @throws GatewayError `attestation_failed` that says why, to whoever starts the node: callers are not told
 */
export async function requireEvidence(source: AttestationSource): Promise<void> {
  try {
    await source.fetchEvidence(new Uint8Array(64))
  } catch (cause) {
    const reason = errorText(cause instanceof GatewayError ? cause.cause : cause)
    throw new GatewayError('attestation_failed', `attestation: no quote that can be believed (${reason}).`, { cause })
  }
}

function claimedEnclave({ simulatedEnclave: claims }: GatewayConfig): SimulatedEnclave {
  const mrTd = (claims?.mrTd as Hex | undefined) ?? simulatedMeasurements.mrTd
  return { measurements: { ...simulatedMeasurements, mrTd }, debug: claims?.debug ?? false }
}

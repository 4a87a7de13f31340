import type { CollateralJson } from '../collateral/collateral.js'
import type { MeasurementTuple } from '../policy/check-policy.js'
import { simulatorRoot, type TrustRoot } from '../trust-root.js'
import {
  createSimulatedChain,
  type SimulatedChainFault,
  simulatedRootCertificateOf,
  simulatedRootOf,
} from './simulated-chain.js'
import { encodeSimulatedCollateral, type SimulatedCollateralOptions } from './simulated-collateral.js'
import { simulatedMeasurements } from './simulated-hardware.js'
import { encodeSimulatedQuote, type SimulatedQuoteOptions } from './simulated-quote.js'

/** The published seed of the default simulated platform. All of its keys follow from it: it guards nothing. */
export const SIMULATOR_SEED: Uint8Array = new TextEncoder().encode('OpenGradient simulated TDX platform, seed 1')

/** What a simulated platform is made of. */
export interface SimulatedPlatformOptions {
  /** Another seed makes another platform with another root. Default: `SIMULATOR_SEED`. */
  readonly seed?: Uint8Array
  /** Unix seconds: collateral is issued for the time around it. */
  readonly now: bigint
  /** Which CA certified the platform; default `platform`, which certifies those of several sockets. */
  readonly ca?: 'platform' | 'processor'
  /** What is wrong with its certificates; default: nothing. */
  readonly fault?: SimulatedChainFault
}

/** A made-up TDX machine: its quotes and collateral pass the same verifier as Intel's, under a root of its own. */
export interface SimulatedPlatform {
  /** DER. */
  readonly rootCertificate: Uint8Array
  /** Labelled `simulated`. */
  readonly trustRoot: TrustRoot
  /** What its TDs measure unless a quote names others. */
  readonly measurements: Required<MeasurementTuple>
  /** Collateral in the wire shape that `parseCollateral` reads; valid for 30 days. */
  collateral(options?: SimulatedCollateralOptions): CollateralJson
  /** A quote, as bytes. */
  quote(options: SimulatedQuoteOptions): Uint8Array
}

/**
 * Creates a simulated TDX platform: root, PCK CA, PCK, TCB signer and attestation key, all derived from the seed.
 *
 * @example
 * const platform = createSimulatedPlatform({ now })
 * const collateral = parseCollateral(platform.collateral())
 * verifyQuote(parseQuote(platform.quote({ reportData })), { collateral, now, trustRoot: platform.trustRoot })
 * // { ok: true, platform: 'simulated', tcbStatus: 'UpToDate', … }
 */
export function createSimulatedPlatform(options: SimulatedPlatformOptions): SimulatedPlatform {
  const { seed = SIMULATOR_SEED, ca = 'platform', now, fault } = options
  const chain = createSimulatedChain({ seed, ca, now, fault })
  return {
    rootCertificate: chain.rootCertificate,
    trustRoot: simulatorRoot(chain.rootCertificate),
    measurements: simulatedMeasurements(),
    collateral: (collateralOptions = {}) => encodeSimulatedCollateral(chain, { now, ...collateralOptions }),
    quote: (quoteOptions) => encodeSimulatedQuote(quoteOptions, chain),
  }
}

/** The root of the simulated platform with this seed, without the rest of it: what `--trust simulator` trusts. */
export function simulatedTrustRoot(seed: Uint8Array = SIMULATOR_SEED): TrustRoot {
  return simulatorRoot(simulatedRootCertificateOf(simulatedRootOf(seed)))
}

import { SettlementError } from './settlement-error.js'

/** How an inference is run: `VANILLA`, the operator's word; `TEE`, inside an attested enclave. */
export type InferenceMode = 'VANILLA' | 'TEE'

/** How an inference is recorded on chain: hashes, hashes with request and response, or one Merkle root for many. */
export type SettlementMode = 'SETTLE' | 'SETTLE_METADATA' | 'SETTLE_BATCH'

/** How an inference ended: `aborted` is charged as delivered, `failed` is charged nothing. */
export type Outcome = 'complete' | 'length' | 'aborted' | 'failed' | 'refund-due'

/** Who counted the tokens: the upstream provider, or the node itself. */
export type UsageSource = 'upstream' | 'counted'

/** The names by their `uint8` code in a receipt. */
export const inferenceModes: readonly InferenceMode[] = ['VANILLA', 'TEE']
/** The names by their `uint8` code in a receipt. */
export const settlementModes: readonly SettlementMode[] = ['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH']
/** The names by their `uint8` code in a receipt's terms. */
export const outcomes: readonly Outcome[] = ['complete', 'length', 'aborted', 'failed', 'refund-due']
/** The names by their `uint8` code in a receipt's terms. */
export const usageSources: readonly UsageSource[] = ['upstream', 'counted']

/** Gives the `uint8` code of an inference mode: 0 VANILLA, 1 TEE. */
export function modeCodeOf(mode: InferenceMode): number {
  return codeOf(inferenceModes, mode)
}

/** Gives the `uint8` code of a settlement mode: 0 SETTLE, 1 SETTLE_METADATA, 2 SETTLE_BATCH. */
export function settlementCodeOf(settlement: SettlementMode): number {
  return codeOf(settlementModes, settlement)
}

/** Gives the `uint8` code of an outcome: 0 complete, 1 length, 2 aborted, 3 failed, 4 refund due. */
export function outcomeCodeOf(outcome: Outcome): number {
  return codeOf(outcomes, outcome)
}

/** Gives the `uint8` code of a usage source: 0 upstream, 1 counted. */
export function usageSourceCodeOf(source: UsageSource): number {
  return codeOf(usageSources, source)
}

function codeOf(names: readonly string[], name: string): number {
  const code = names.indexOf(name)
  if (code < 0) throw new SettlementError('OUT_OF_RANGE', `unknown name, expected one of ${names.join(', ')}`)
  return code
}

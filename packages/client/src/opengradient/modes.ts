import type { InferenceMode, SettlementMode } from '@og/settlement'
import { ClientError } from '../client-error.js'

/** How an inference is executed, by the names of the OpenGradient API. */
export const LlmInferenceMode = { VANILLA: 'VANILLA', TEE: 'TEE' } as const

/** How an inference is recorded, by the names and values of the OpenGradient API; the last two are later names of the same. */
export const x402SettlementMode = {
  SETTLE: 'settle',
  SETTLE_METADATA: 'settle-metadata',
  SETTLE_BATCH: 'settle-batch',
  INDIVIDUAL_FULL: 'individual',
  BATCH_HASHED: 'batch',
} as const

/** A value of {@link LlmInferenceMode}, or its number in earlier versions. */
export type InferenceModeValue = InferenceMode | 0 | 1

/** A value of {@link x402SettlementMode}, or its name. */
export type SettlementModeValue = SettlementMode | (typeof x402SettlementMode)[keyof typeof x402SettlementMode]

const settlements: Readonly<Record<SettlementModeValue, SettlementMode>> = {
  SETTLE: 'SETTLE',
  SETTLE_METADATA: 'SETTLE_METADATA',
  SETTLE_BATCH: 'SETTLE_BATCH',
  settle: 'SETTLE',
  'settle-metadata': 'SETTLE_METADATA',
  'settle-batch': 'SETTLE_BATCH',
  individual: 'SETTLE_METADATA',
  batch: 'SETTLE_BATCH',
}

/** The mode that a value means. @throws ClientError `INVALID_REQUEST` for every other one: a mode is never guessed */
export function inferenceModeOf(value: InferenceModeValue): InferenceMode {
  if (value === 'VANILLA' || value === 0) return 'VANILLA'
  if (value === 'TEE' || value === 1) return 'TEE'
  throw new ClientError('INVALID_REQUEST', 'inference_mode must be a value of LlmInferenceMode')
}

/** The settlement that a value means. @throws ClientError `INVALID_REQUEST` for every other one, such as `private` */
export function settlementModeOf(value: SettlementModeValue): SettlementMode {
  if (!Object.hasOwn(settlements, value)) {
    throw new ClientError('INVALID_REQUEST', 'settlement_mode must be a value of x402SettlementMode')
  }
  return settlements[value]
}

import type { InferenceMode, SettlementMode } from '@og/settlement'
import { GatewayError } from './gateway-error.js'

/** Reads `OG-Inference-Mode`; absent means VANILLA, anything unknown is refused. */
export function parseInferenceMode(header: string | undefined): InferenceMode {
  if (header === undefined) return 'VANILLA'
  if (header === 'VANILLA' || header === 'TEE') return header
  throw new GatewayError('invalid_header', 'OG-Inference-Mode must be VANILLA or TEE.', { param: 'OG-Inference-Mode' })
}

/** Reads `OG-Settlement-Mode`; absent means SETTLE, anything unknown is refused. */
export function parseSettlementMode(header: string | undefined): SettlementMode {
  if (header === undefined) return 'SETTLE'
  if (header === 'SETTLE' || header === 'SETTLE_METADATA' || header === 'SETTLE_BATCH') return header
  throw new GatewayError('invalid_header', 'OG-Settlement-Mode must be SETTLE, SETTLE_METADATA or SETTLE_BATCH.', {
    param: 'OG-Settlement-Mode',
  })
}

import type { InferenceMode, SettlementMode } from '@og/settlement'
import { GatewayError } from './gateway-error.js'

/** Reads `OG-Inference-Mode`; absent means VANILLA, anything unknown is refused. */
export function parseInferenceMode(header: string | undefined): InferenceMode {
  if (header === undefined) return 'VANILLA'
  if (header === 'VANILLA' || header === 'TEE') return header
  throw new GatewayError('invalid_header', 'OG-Inference-Mode must be VANILLA or TEE.', { param: 'OG-Inference-Mode' })
}

/**
 * Reads `OG-Settlement-Mode`, or `X-SETTLEMENT-TYPE` where OpenGradient's clients put theirs; absent means SETTLE. Anything unknown is
 * refused, and so are two headers that disagree: neither is guessed.
 */
export function parseSettlementMode(header: string | undefined, type?: string): SettlementMode {
  const named = type === undefined ? undefined : settlementOfType(type)
  if (header === undefined) return named ?? 'SETTLE'
  if (header !== 'SETTLE' && header !== 'SETTLE_METADATA' && header !== 'SETTLE_BATCH') {
    throw new GatewayError('invalid_header', 'OG-Settlement-Mode must be SETTLE, SETTLE_METADATA or SETTLE_BATCH.', {
      param: 'OG-Settlement-Mode',
    })
  }
  if (named !== undefined && named !== header) {
    throw new GatewayError('invalid_header', 'OG-Settlement-Mode and X-SETTLEMENT-TYPE ask for different modes.', {
      param: 'X-SETTLEMENT-TYPE',
    })
  }
  return header
}

/**
 * The spellings of OpenGradient's clients, old and new. `private` asks for nothing on chain but the payment: a leaf of the log, which is all
 * that SETTLE_BATCH leaves of a call.
 */
const settlementTypes: Readonly<Record<string, SettlementMode>> = {
  settle: 'SETTLE',
  'settle-metadata': 'SETTLE_METADATA',
  'settle-batch': 'SETTLE_BATCH',
  individual: 'SETTLE_METADATA',
  batch: 'SETTLE_BATCH',
  private: 'SETTLE_BATCH',
}

function settlementOfType(type: string): SettlementMode {
  const mode = Object.hasOwn(settlementTypes, type) ? settlementTypes[type] : undefined
  if (mode !== undefined) return mode
  throw new GatewayError(
    'invalid_header',
    `X-SETTLEMENT-TYPE must be one of ${Object.keys(settlementTypes).join(', ')}.`,
    {
      param: 'X-SETTLEMENT-TYPE',
    },
  )
}

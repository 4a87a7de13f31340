/** How a call is recorded on chain. */
export type SettlementMode = 'SETTLE' | 'SETTLE_METADATA' | 'SETTLE_BATCH'

/** Every spelling that the OpenGradient API has had; `private` recorded nothing and has no counterpart. */
const settlements = new Map<string, SettlementMode>([
  ['settle', 'SETTLE'],
  ['settle-metadata', 'SETTLE_METADATA'],
  ['settle-batch', 'SETTLE_BATCH'],
  ['individual-full', 'SETTLE_METADATA'],
  ['individual', 'SETTLE_METADATA'],
  ['batch-hashed', 'SETTLE_BATCH'],
  ['batch', 'SETTLE_BATCH'],
])

/** What {@link settlementModeOf} knows. */
export const settlementSpellings: readonly string[] = [...settlements.keys()]

/** The mode that a text names, in capitals or not, with hyphens or underscores. */
export function settlementModeOf(text: string): SettlementMode | undefined {
  return settlements.get(text.toLowerCase().replaceAll('_', '-'))
}

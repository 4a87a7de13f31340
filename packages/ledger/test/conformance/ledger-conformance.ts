import { describe } from 'vitest'
import type { HarnessFactory } from './fixtures.js'
import { logAndIntentConformance } from './log-and-intents.js'
import { paymentModelConformance } from './payment-model.js'
import { paymentConformance } from './payments.js'
import { relayConformance } from './relay.js'

/** The suite that every engine behind the `Ledger` port must pass; `modelRuns` random histories, default 40. */
export function ledgerConformance(engine: string, create: HarnessFactory, modelRuns?: number): void {
  describe(engine, () => {
    paymentConformance(create)
    logAndIntentConformance(create)
    relayConformance(create)
    paymentModelConformance(create, modelRuns)
  })
}

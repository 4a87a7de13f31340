import type { Ledger, LedgerErrorCode } from '@og/ledger'

/** What a ledger can be asked. */
export type LedgerMethod = keyof Ledger

/** One question to the ledger's thread; many travel together. */
export interface LedgerCall {
  readonly id: number
  readonly method: LedgerMethod
  readonly input: readonly unknown[]
}

/** The answer to the call of the same number. */
export type LedgerAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: LedgerFailure }

/** A failure as it crosses threads; without a code it is none of the ledger's own. */
export interface LedgerFailure {
  readonly code: LedgerErrorCode | undefined
  readonly message: string
}

/** The first thing that the thread says. */
export type LedgerOpening = { readonly ok: true } | { readonly ok: false; readonly failure: LedgerFailure }

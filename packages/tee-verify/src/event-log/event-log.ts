import type { Hex } from '../bytes/hex.js'

/** The number of a runtime measurement register. */
export type RegisterIndex = 0 | 1 | 2 | 3

/** One entry of an event log. What it *says* means nothing until `verifyEventLog` has compared the log with a quote. */
export interface LogEvent {
  /** The register that the event extends; null for an entry that extends none (EV_NO_ACTION). */
  readonly register: RegisterIndex | null
  /** The event type: TCG's, or dstack's `0x08000001`. */
  readonly type: number
  /** The SHA-384 digest as claimed by the log; null where the log leaves it to be computed. */
  readonly digest: Hex | null
  /** The name of a dstack event; empty for all others. */
  readonly name: string
  readonly payload: Uint8Array
  /** How dstack hashes the event; null where the log does not say. */
  readonly digestVersion: 1 | 2 | null
}

/** A parsed event log. Not yet trusted: `verifyEventLog` judges it. */
export interface EventLog {
  readonly format: 'ccel' | 'dstack'
  readonly events: readonly LogEvent[]
}

/** The values of the four registers. */
export interface Registers {
  readonly rtMr0: Hex
  readonly rtMr1: Hex
  readonly rtMr2: Hex
  readonly rtMr3: Hex
}

/** The type of the events that dstack's guest writes at run time. */
export const dstackEventType = 0x08000001

/** The most events that a log may have; real ones have less than 100. */
export const maximumEvents = 4096

/** The most bytes that one event may carry. */
export const maximumPayloadLength = 262_144

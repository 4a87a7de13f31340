import type { TdReport } from '../quote/td-report.js'
import type { QuoteVerdict } from '../verify/judge-quote.js'
import { type DstackIdentity, dstackIdentityOf, type IdentityRejectionCode } from './dstack-identity.js'
import { digestOf } from './event-digest.js'
import { dstackEventType, type EventLog, type Registers } from './event-log.js'
import { replayEventLog } from './replay-event-log.js'

/** Why an event log does not explain a quote, or identifies nothing. */
export type EventLogRejectionCode =
  | 'QUOTE_REJECTED'
  | 'EVENT_DIGEST_MISMATCH'
  | 'EVENT_NAME_AMBIGUOUS'
  | 'REGISTER_MISMATCH'
  | 'CONFIG_ID_MISMATCH'
  | IdentityRejectionCode

/** The named checks of `verifyEventLog`, in the order in which they run. */
export type EventLogStepName = 'quote' | 'event-digests' | 'registers' | 'identity' | 'config-id'

/** One check that ran; the steps of a rejection end with the one that failed. */
export type EventLogStep =
  | { readonly name: EventLogStepName; readonly ok: true; readonly detail: string }
  | {
      readonly name: EventLogStepName
      readonly ok: false
      readonly code: EventLogRejectionCode
      readonly detail: string
    }

/** The judgement of `verifyEventLog`. */
export type EventLogVerdict =
  | {
      readonly ok: true
      readonly registers: Registers
      /** Null for a CCEL log, whose events identify no application. */
      readonly identity: DstackIdentity | null
      readonly steps: readonly EventLogStep[]
    }
  | {
      readonly ok: false
      readonly code: EventLogRejectionCode
      readonly detail: string
      readonly steps: readonly EventLogStep[]
    }

/**
 * Judges whether an event log is the one that a verified quote commits to: recomputes the digests of dstack's events, replays all
 * events and compares the four registers. Only then does it read who the application is. Descriptions of boot events stay
 * unproven: see `isPayloadMeasured`.
 *
 * @example
 * verifyEventLog(parseDstackEventLog(text), { quote: verdict })
 * // { ok: true, identity: { composeHash: '0x2911…', appId: '0x2911…', keyProvider: { name: 'local-sgx', … }, … }, … }
 */
export function verifyEventLog(log: EventLog, options: { readonly quote: QuoteVerdict }): EventLogVerdict {
  const { quote } = options
  const steps: EventLogStep[] = []
  const reject = (name: EventLogStepName, code: EventLogRejectionCode, detail: string): EventLogVerdict => ({
    ok: false,
    code,
    detail,
    steps: [...steps, { name, ok: false, code, detail }],
  })
  if (!quote.ok) return reject('quote', 'QUOTE_REJECTED', `${quote.code}: ${quote.detail}`)
  steps.push({ name: 'quote', ok: true, detail: 'the quote is genuine' })

  const forged = log.events.findIndex((event) => event.register !== null && digestOf(event) === null)
  if (forged >= 0) {
    const detail = `event ${forged} "${log.events[forged]?.name}" claims a digest that is not its own`
    return reject('event-digests', 'EVENT_DIGEST_MISMATCH', detail)
  }
  // Version 1 joins name and payload with a colon: "a" with "b:c" and "a:b" with "c" have one digest.
  const ambiguous = log.events.find(({ type, name }) => type === dstackEventType && name.includes(':'))
  if (ambiguous !== undefined) {
    return reject('event-digests', 'EVENT_NAME_AMBIGUOUS', `event name "${ambiguous.name}" has a colon`)
  }
  steps.push({ name: 'event-digests', ok: true, detail: 'each runtime event has the digest of its content' })

  const registers = replayEventLog(log)
  for (const name of ['rtMr0', 'rtMr1', 'rtMr2', 'rtMr3'] as const) {
    if (registers[name] !== quote.td[name]) {
      return reject('registers', 'REGISTER_MISMATCH', `${name} replays to ${registers[name]}, not ${quote.td[name]}`)
    }
  }
  steps.push({ name: 'registers', ok: true, detail: `${log.events.length} events replay to all four registers` })
  if (log.format === 'ccel') return { ok: true, registers, identity: null, steps }

  const result = dstackIdentityOf(log)
  if (!result.ok) return reject('identity', result.code, result.detail)
  const { identity } = result
  steps.push({ name: 'identity', ok: true, detail: `compose hash ${identity.composeHash}` })

  if (!isConfigIdOf(quote.td, identity)) {
    return reject('config-id', 'CONFIG_ID_MISMATCH', `MRCONFIGID ${quote.td.mrConfigId} is of another compose file`)
  }
  steps.push({ name: 'config-id', ok: true, detail: `MRCONFIGID ${quote.td.mrConfigId}` })
  return { ok: true, registers, identity, steps }
}

/** dstack's MRCONFIGID of kind 1 is `01 ‖ compose hash ‖ zeros`; other kinds, and zero, say nothing about the compose file. */
function isConfigIdOf(td: TdReport, identity: DstackIdentity): boolean {
  return !td.mrConfigId.startsWith('0x01') || td.mrConfigId === `0x01${identity.composeHash.slice(2)}${'00'.repeat(15)}`
}

import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../../bytes/concat-bytes.js'
import { hexOf } from '../../bytes/hex.js'
import { u16, u32 } from '../../simulator/little-endian.js'
import type { LogEvent, RegisterIndex, Registers } from '../event-log.js'
import { replayEventLog } from '../replay-event-log.js'

/** What is wrong with a simulated boot log. */
export type SimulatedCcelFault =
  | 'no-header'
  | 'no-sha384'
  | 'missing-digest'
  | 'digest-twice'
  | 'unknown-register'
  | 'oversized-event'
  | 'too-many-digests'
  | 'cut-off'
  | 'bytes-behind'
  | 'changed-digest'
  | 'changed-payload'
  | 'dropped-event'
  | 'swapped-events'

/** One made-up boot event. */
export interface SimulatedBootEvent {
  /** Null for an event that extends nothing (EV_NO_ACTION). */
  readonly register: RegisterIndex | null
  /** TCG's type; default 4, EV_SEPARATOR. */
  readonly type?: number
  readonly payload: Uint8Array
}

/** A made-up boot log and what a TD's registers hold after it. */
export interface SimulatedCcel {
  /** The ACPI table's log, in the crypto-agile format of TCG. */
  readonly bytes: Uint8Array
  /** RTMR0 to RTMR3, for `SimulatedPlatform.quote({ rtMr })`: those of the events as given, whatever the fault is. */
  readonly registers: Registers
}

const noAction = 3
const sha384Id = 0x000c
const sha256Id = 0x000b

/** A short boot: firmware in RTMR0, loader and kernel in RTMR1, command line and initial disk in RTMR2. */
export function simulatedBootEvents(): readonly SimulatedBootEvent[] {
  const payload = (text: string): Uint8Array => new TextEncoder().encode(`simulated ${text}`)
  return [
    { register: null, type: noAction, payload: payload('startup locality') },
    { register: 0, type: 0x80000008, payload: payload('firmware') },
    { register: 0, type: 0x80000001, payload: payload('secure boot variable') },
    { register: 0, payload: new Uint8Array(4) },
    { register: 1, type: 0x80000003, payload: payload('kernel') },
    { register: 1, payload: new Uint8Array(4) },
    { register: 2, type: 13, payload: payload('command line') },
    { register: 2, type: 13, payload: payload('initial disk') },
  ]
}

/** Writes a boot log with SHA-256 and SHA-384 digests and unused memory behind it, with one fault if one is named. */
export function encodeSimulatedCcel(
  events: readonly SimulatedBootEvent[],
  options: { readonly fault?: SimulatedCcelFault } = {},
): SimulatedCcel {
  const { fault } = options
  const log = events.map(
    ({ register, type = 4, payload }): LogEvent => ({
      register,
      type,
      payload,
      digest: hexOf(sha384(payload)),
      name: '',
      digestVersion: null,
    }),
  )
  const last = events.length - 1
  const written = events.map((event, index) => encodeEvent(event, index === last ? fault : undefined))
  if (fault === 'dropped-event') written.pop()
  if (fault === 'swapped-events') written.reverse()
  const header = fault === 'no-header' ? new Uint8Array() : encodeHeader(fault)
  const whole = concatBytes(header, ...written)
  const end = concatBytes(new Uint8Array(64).fill(0xff), new Uint8Array(fault === 'bytes-behind' ? 1 : 0))
  return {
    bytes: fault === 'cut-off' ? whole.slice(0, -1) : concatBytes(whole, end),
    registers: replayEventLog({ format: 'ccel', events: log }),
  }
}

/** TCG_PCR_EVENT with the TCG_EfiSpecIDEvent that announces the digests. */
function encodeHeader(fault: SimulatedCcelFault | undefined): Uint8Array {
  const algorithms = [
    [sha256Id, 32],
    [fault === 'no-sha384' ? 0x000d : sha384Id, fault === 'no-sha384' ? 64 : 48],
  ] as const
  const body = concatBytes(
    new TextEncoder().encode('Spec ID Event03\0'),
    u32(0),
    Uint8Array.of(0, 2, 0, 2),
    u32(algorithms.length),
    ...algorithms.flatMap(([id, size]) => [u16(id), u16(size)]),
    Uint8Array.of(0),
  )
  return concatBytes(u32(0), u32(noAction), new Uint8Array(20), u32(body.length), body)
}

/** TCG_PCR_EVENT2. */
function encodeEvent(event: SimulatedBootEvent, fault: SimulatedCcelFault | undefined): Uint8Array {
  const { register, type = 4, payload } = event
  const digest = sha384(payload)
  if (fault === 'changed-digest') digest[0] = (digest[0] ?? 0) ^ 1
  const shown = payload.slice()
  if (fault === 'changed-payload') shown[0] = (shown[0] ?? 0) ^ 1
  const second = fault === 'digest-twice' ? [u16(sha256Id), sha256(payload)] : [u16(sha384Id), digest]
  const digests = [u16(sha256Id), sha256(payload), ...(fault === 'missing-digest' ? [] : second)]
  const count = fault === 'missing-digest' ? 1 : fault === 'too-many-digests' ? 0xffff_ffff : 2
  const index = fault === 'unknown-register' ? 5 : register === null ? 0 : register + 1
  const size = fault === 'oversized-event' ? 0x7fff_ffff : shown.length
  return concatBytes(u32(index), u32(type), u32(count), ...digests, u32(size), shown)
}

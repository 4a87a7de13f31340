import { sha256 } from '@noble/hashes/sha2.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import { createJsonFields } from '../json/json-fields.js'
import { parseStrictJson } from '../json/strict-json.js'
import { QuoteError } from '../quote-error.js'
import { dstackEventType, type EventLog, type LogEvent } from './event-log.js'

/** Who provides the keys of a dstack instance. */
export interface KeyProvider {
  readonly name: string
  readonly id: string
}

/** An event that the application itself wrote, after the system was ready: it says what the application wants to say. */
export interface ApplicationEvent {
  readonly name: string
  readonly payload: Uint8Array
}

/** What dstack's guest states about the application that it started, before it started it. */
export interface DstackIdentity {
  /** SHA-256 of the application's compose file. */
  readonly composeHash: Hex
  /** 20 bytes. */
  readonly appId: Hex
  /** 20 bytes; null where the guest has none. */
  readonly instanceId: Hex | null
  readonly osImageHash: Hex | null
  readonly rootfsHash: Hex | null
  readonly keyProvider: KeyProvider | null
  readonly applicationEvents: readonly ApplicationEvent[]
}

/** Why the runtime events of a log identify no application. */
export type IdentityRejectionCode =
  | 'EVENT_MISPLACED'
  | 'IDENTITY_DUPLICATE'
  | 'IDENTITY_AFTER_READY'
  | 'IDENTITY_MISSING'
  | 'IDENTITY_MALFORMED'
  | 'SYSTEM_NOT_READY'

const ready = 'system-ready'

/** The events that identify, and how long their payloads may be; null for JSON. */
const payloadLengths: ReadonlyMap<string, readonly number[] | null> = new Map<string, readonly number[] | null>([
  ['app-id', [20]],
  ['compose-hash', [32]],
  ['instance-id', [0, 20]],
  ['os-image-hash', [32]],
  ['rootfs-hash', [32]],
  ['key-provider', null],
])

interface Failure {
  readonly code: IdentityRejectionCode
  readonly detail: string
}

/**
 * Reads the identity from the runtime events of a dstack log whose registers have been compared with a quote. Only events before
 * `system-ready` count, each once: whatever comes later was written by the application.
 */
export function dstackIdentityOf(
  log: EventLog,
): { readonly ok: true; readonly identity: DstackIdentity } | ({ readonly ok: false } & Failure) {
  const misplaced = log.events.find((event) => isMisplaced(event))
  if (misplaced !== undefined) {
    return reject('EVENT_MISPLACED', `event "${misplaced.name}" of type ${misplaced.type} in another register`)
  }
  const events = log.events.filter(({ register }) => register === 3)
  const readyAt = events.findIndex(({ name }) => name === ready)
  if (readyAt < 0) return reject('SYSTEM_NOT_READY', 'the log has no event system-ready')
  const found = new Map<string, Uint8Array>()
  for (const [index, { name, payload }] of events.entries()) {
    if (name === ready && index > readyAt) return reject('IDENTITY_DUPLICATE', 'system-ready occurs twice')
    if (!payloadLengths.has(name)) continue
    if (found.has(name)) return reject('IDENTITY_DUPLICATE', `${name} occurs twice`)
    if (index > readyAt) return reject('IDENTITY_AFTER_READY', `${name} was written after system-ready`)
    found.set(name, payload)
  }
  for (const [name, payload] of found) {
    const lengths = payloadLengths.get(name) ?? null
    if (lengths !== null && !lengths.includes(payload.length)) {
      return reject('IDENTITY_MALFORMED', `${name} has ${payload.length} bytes`)
    }
  }
  const appId = found.get('app-id')
  const composeHash = found.get('compose-hash')
  if (appId === undefined || composeHash === undefined) {
    return reject('IDENTITY_MISSING', 'app-id or compose-hash does not come before system-ready')
  }
  const provider = found.get('key-provider')
  const keyProvider = provider === undefined ? null : keyProviderOf(provider)
  if (keyProvider === undefined) return reject('IDENTITY_MALFORMED', 'key-provider is no JSON of name and id')
  const applicationEvents = events.slice(readyAt + 1).map(({ name, payload }) => ({ name, payload }))
  return {
    ok: true,
    identity: {
      composeHash: hexOf(composeHash),
      appId: hexOf(appId),
      instanceId: hexOrNull(found.get('instance-id')),
      osImageHash: hexOrNull(found.get('os-image-hash')),
      rootfsHash: hexOrNull(found.get('rootfs-hash')),
      keyProvider,
      applicationEvents,
    },
  }
}

/** The compose hash of an application: SHA-256 over the exact bytes of its compose file. */
export function hashAppCompose(appCompose: string | Uint8Array): Hex {
  return hexOf(sha256(typeof appCompose === 'string' ? new TextEncoder().encode(appCompose) : appCompose))
}

/** dstack's own events extend RTMR3, nothing else does, and no event elsewhere may borrow an identifying name. */
function isMisplaced(event: LogEvent): boolean {
  const isRuntime = event.type === dstackEventType
  if (isRuntime !== (event.register === 3)) return true
  return !isRuntime && (payloadLengths.has(event.name) || event.name === ready)
}

function keyProviderOf(payload: Uint8Array): KeyProvider | undefined {
  try {
    const { value } = parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload))
    const fields = createJsonFields(value, { code: 'BAD_EVENT_LOG', path: 'key-provider' })
    return { name: fields.text('name'), id: fields.text('id') }
  } catch (error) {
    if (error instanceof QuoteError || error instanceof TypeError) return undefined
    throw error
  }
}

function hexOrNull(bytes: Uint8Array | undefined): Hex | null {
  return bytes === undefined || bytes.length === 0 ? null : hexOf(bytes)
}

function reject(code: IdentityRejectionCode, detail: string): { readonly ok: false } & Failure {
  return { ok: false, code, detail }
}

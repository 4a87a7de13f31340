import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCollateral } from '../collateral/collateral.js'
import { parseQuote } from '../quote/quote.js'
import { createSimulatedPlatform } from '../simulator/simulated-platform.js'
import { verifyQuote } from '../verify/verify-quote.js'
import { hashAppCompose } from './dstack-identity.js'
import { parseCcel } from './parse-ccel.js'
import { parseDstackEventLog } from './parse-dstack-log.js'
import { encodeSimulatedEventLog, type SimulatedEvent } from './simulator/simulated-event-log.js'
import { type EventLogVerdict, verifyEventLog } from './verify-event-log.js'

const folder = join(import.meta.dirname, '../../test/vectors')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))
const text = (name: string): string => new TextDecoder().decode(read(name))

const now = 1_787_894_484n
const mpc = verifyQuote(parseQuote(read('eventlog/near-mpc/quote.bin')), {
  collateral: parseCollateral(JSON.parse(text('real/near-mpc-v4/collateral.json'))),
  now,
})
const mpcLog = text('eventlog/near-mpc/event_log.json')

const platform = createSimulatedPlatform({ now })
const collateral = parseCollateral(platform.collateral())
const composeHash = new Uint8Array(32).fill(0xc0)
const appId = composeHash.slice(0, 20)
const utf8 = new TextEncoder()
const honest: readonly SimulatedEvent[] = [
  { name: 'system-preparing', payload: new Uint8Array() },
  { name: 'app-id', payload: appId },
  { name: 'compose-hash', payload: composeHash },
  { name: 'instance-id', payload: new Uint8Array(20).fill(1) },
  { name: 'os-image-hash', payload: new Uint8Array(32).fill(2) },
  { name: 'key-provider', payload: utf8.encode('{"name":"kms","id":"00ff"}') },
  { name: 'system-ready', payload: new Uint8Array() },
  { name: 'hotkey', payload: utf8.encode('anything') },
]

/** The verdict on a log whose quote is genuine and has exactly the registers that the log replays to. */
function judged(events: readonly SimulatedEvent[], edit: (log: string) => string = (log) => log): EventLogVerdict {
  const log = encodeSimulatedEventLog(events)
  const quote = platform.quote({ reportData: new Uint8Array(64), rtMr: Object.values(log.registers) })
  const verdict = verifyQuote(parseQuote(quote), { collateral, now, trustRoot: platform.trustRoot })
  expect(verdict.ok).toBe(true)
  return verifyEventLog(parseDstackEventLog(edit(log.text)), { quote: verdict })
}

function without(name: string): readonly SimulatedEvent[] {
  return honest.filter((event) => event.name !== name)
}

describe('verifyEventLog', () => {
  it('default: a real dstack log with its real quote', () => {
    const verdict = verifyEventLog(parseDstackEventLog(mpcLog), { quote: mpc })
    expect(verdict).toMatchObject({
      ok: true,
      identity: {
        composeHash: hashAppCompose(read('eventlog/near-mpc/app_compose.json')),
        appId: '0x2911e1f733466216dedb862d6d669e11256ee7a3',
        instanceId: null,
        keyProvider: { name: 'local-sgx' },
        applicationEvents: [{ name: 'mpc-image-digest' }],
      },
    })
    expect(verdict.steps.map(({ name }) => name)).toEqual([
      'quote',
      'event-digests',
      'registers',
      'identity',
      'config-id',
    ])
  })

  it.each(['dstack-quote-report', 'gcp-cos113-ccel'])('behavior: %s explains the registers of its quote', (name) => {
    const { td } = parseQuote(read(`eventlog/${name}/quote.bin`))
    const quote = mpc.ok ? { ...mpc, td } : mpc
    const log =
      name === 'gcp-cos113-ccel'
        ? parseCcel(read(`eventlog/${name}/ccel.bin`))
        : parseDstackEventLog(text(`eventlog/${name}/event_log.json`))
    expect(verifyEventLog(log, { quote })).toMatchObject({ ok: true })
    expect(verifyEventLog(log, { quote: mpc })).toMatchObject({ ok: false, code: 'REGISTER_MISMATCH' })
  })

  it('behavior: a simulated log, with digests of version 1 or 2', () => {
    const identity = { composeHash: `0x${'c0'.repeat(32)}`, keyProvider: { name: 'kms', id: '00ff' }, rootfsHash: null }
    expect(judged(honest)).toMatchObject({ ok: true, identity })
    expect(judged(honest.map((event) => ({ ...event, digestVersion: 2 })))).toMatchObject({ ok: true, identity })
  })

  it('error: the quote is refused', () => {
    const quote = { ok: false, code: 'QUOTE_SIGNATURE', detail: '', tcbStatus: null, steps: [] } as const
    const log = parseDstackEventLog(mpcLog)
    expect(verifyEventLog(log, { quote: quote as never })).toMatchObject({ ok: false, code: 'QUOTE_REJECTED' })
  })

  it('error: any event left out, doubled or moved', () => {
    const events: readonly unknown[] = JSON.parse(mpcLog)
    const mismatch = { ok: false, code: 'REGISTER_MISMATCH' }
    for (const index of events.keys()) {
      const missing = events.filter((_, at) => at !== index)
      const doubled = [...events.slice(0, index), events[index], ...events.slice(index)]
      for (const forged of [missing, doubled]) {
        const log = parseDstackEventLog(JSON.stringify(forged))
        expect(verifyEventLog(log, { quote: mpc })).toMatchObject(mismatch)
      }
    }
    const moved = parseDstackEventLog(JSON.stringify([...events].reverse()))
    expect(verifyEventLog(moved, { quote: mpc })).toMatchObject(mismatch)
  })

  it('error: the payload is not that of the digest', () => {
    const verdict = judged(honest, (log) => log.replaceAll('c0'.repeat(32), 'c1'.repeat(32)))
    expect(verdict).toMatchObject({ ok: false, code: 'EVENT_DIGEST_MISMATCH' })
  })

  it('error: the digest fits the payload, and the quote has another', () => {
    const other = encodeSimulatedEventLog(
      honest.map((event) => (event.name === 'compose-hash' ? { ...event, payload: new Uint8Array(32) } : event)),
    )
    expect(judged(honest, () => other.text)).toMatchObject({ ok: false, code: 'REGISTER_MISMATCH' })
  })

  it.each(['app-id', 'compose-hash', 'instance-id', 'os-image-hash', 'key-provider', 'system-ready'])(
    'error: %s occurs twice',
    (name) => {
      const again = honest.find((event) => event.name === name)
      const events = again === undefined ? [] : [again, ...honest]
      expect(judged(events)).toMatchObject({
        ok: false,
        code: name === 'system-ready' ? 'IDENTITY_AFTER_READY' : 'IDENTITY_DUPLICATE',
      })
      expect(judged(again === undefined ? [] : [...honest, again])).toMatchObject({
        ok: false,
        code: 'IDENTITY_DUPLICATE',
      })
    },
  )

  it.each(['app-id', 'compose-hash', 'rootfs-hash'])('error: %s only after system-ready', (name) => {
    const late = { name, payload: name === 'app-id' ? appId : composeHash }
    expect(judged([...without(name), late])).toMatchObject({ ok: false, code: 'IDENTITY_AFTER_READY' })
  })

  it('error: no system-ready, no identity', () => {
    expect(judged(without('system-ready'))).toMatchObject({ ok: false, code: 'SYSTEM_NOT_READY' })
    expect(judged([])).toMatchObject({ ok: false, code: 'SYSTEM_NOT_READY' })
    for (const name of ['app-id', 'compose-hash']) {
      expect(judged(without(name))).toMatchObject({ ok: false, code: 'IDENTITY_MISSING' })
    }
  })

  it('error: an event of dstack in a boot register, or a boot event in RTMR3', () => {
    const misplaced = { ok: false, code: 'EVENT_MISPLACED' }
    expect(judged([{ name: 'app-id', payload: appId, register: 2 }, ...without('app-id')])).toMatchObject(misplaced)
    const foreign = { name: 'compose-hash', payload: composeHash, type: 4 }
    expect(judged([foreign, ...without('compose-hash')])).toMatchObject(misplaced)
    expect(judged([{ ...foreign, register: 0 }, ...honest])).toMatchObject(misplaced)
    expect(judged([{ name: '', payload: composeHash, type: 4 }, ...honest])).toMatchObject(misplaced)
  })

  it('error: a name that could be split in another place', () => {
    const split = { ok: false, code: 'EVENT_NAME_AMBIGUOUS' }
    expect(judged([...honest, { name: 'a:b', payload: utf8.encode('c') }])).toMatchObject(split)
    const joined = judged([...honest, { name: 'a', payload: utf8.encode('b:c') }], (log) =>
      log.replace('"event":"a","event_payload":"623a63"', '"event":"a:b","event_payload":"63"'),
    )
    expect(joined).toMatchObject(split)
  })

  it('error: payloads that are no identity', () => {
    const payloads: readonly (readonly [string, Uint8Array])[] = [
      ['app-id', new Uint8Array(19)],
      ['compose-hash', new Uint8Array(20)],
      ['instance-id', new Uint8Array(1)],
      ['key-provider', utf8.encode('{"name":"kms"}')],
      ['key-provider', utf8.encode('kms')],
      ['key-provider', Uint8Array.of(0xff)],
    ]
    for (const [name, payload] of payloads) {
      const events = honest.map((event) => (event.name === name ? { name, payload } : event))
      expect(judged(events)).toMatchObject({ ok: false, code: 'IDENTITY_MALFORMED' })
    }
  })

  it('error: MRCONFIGID names another compose file', () => {
    const log = parseDstackEventLog(mpcLog)
    const forged = mpc.ok ? { ...mpc, td: { ...mpc.td, mrConfigId: `0x01${'00'.repeat(47)}` as const } } : mpc
    expect(verifyEventLog(log, { quote: forged })).toMatchObject({ ok: false, code: 'CONFIG_ID_MISMATCH' })
  })
})

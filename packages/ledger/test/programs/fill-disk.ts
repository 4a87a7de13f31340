import { writeSync } from 'node:fs'
import { openLedger } from '../../src/sqlite/open-ledger.js'
import { hash, payment, result, START } from '../conformance/fixtures.js'

// Serves until the disk is full, shows what it does then, waits for the word that there is space, and serves again.
const { path }: { readonly path: string } = JSON.parse(process.argv[2] ?? '{}')
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const ledger = openLedger({ path, now: () => START })

async function serve(name: string, upTo: 'reserve' | 'finish' = 'finish'): Promise<string> {
  try {
    const payer = `0x${hash(name).slice(2, 42)}` as const
    const reserved = await ledger.reserve(payment(name, { payer }))
    if (reserved.kind !== 'granted') return reserved.kind
    if (upTo === 'finish')
      await ledger.finish(result(name, reserved.attempt, { answer: new Uint8Array(4_000).fill(7) }))
    return 'served'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

let outcome = 'served'
for (let i = 0; outcome === 'served'; i += 1) outcome = await serve(`p${i}`)
// What had no room for an answer may have some for a reservation, which is smaller: until that is gone too.
outcome = 'served'
for (let i = 0; outcome === 'served'; i += 1) outcome = await serve(`r${i}`, 'reserve')
say(`full ${outcome}`)
say((await ledger.lookup(payment('p0').paymentHash))?.state === 'finished' ? 'reads' : 'reads nothing')
// Several at once, as a gateway would: whoever gets no reservation must not start work.
const names = Array.from({ length: 8 }, (_, i) => `while full ${i}`)
const refused = (await Promise.all(names.map((name) => serve(name)))).filter((kind) => kind === 'STORE_UNAVAILABLE')
const known = await Promise.all(names.map((name) => ledger.lookup(payment(name).paymentHash)))
say(`refused ${refused.length} of 8, ${known.every((record) => record === null) ? 'none' : 'some'} there`)
say('tried')
await new Promise((resolve) => process.stdin.once('end', resolve).resume())
const after = await serve('after')
say(after === 'served' ? 'served again' : `still ${after}`)
await ledger.close()

import { writeSync } from 'node:fs'
import { openPostgresX402Stores, openX402Stores } from '../../src/x402-stores/index.js'
import { hash } from '../conformance/fixtures.js'
import { batch, channel, reservation, settlement } from './fixtures.js'

// Charges a channel and reserves payments, saying what was acknowledged, until it is killed.
type Place = { readonly path: string } | { readonly connectionString: string; readonly schema: string }

const place: Place = JSON.parse(process.argv[2] ?? '{}')
const stores = 'path' in place ? openX402Stores(place) : await openPostgresX402Stores(place)
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const fresh = channel('killed', { charged: 0n, state: { ...channel('killed').state, totalClaimed: 0n } })

for (let index = 1; index <= 10_000; index += 1) {
  await stores.channels.update(fresh.channelId, (current = fresh) => ({ ...current, charged: current.charged + 3n }))
  say(`charged ${index}`)
  await stores.batches.keep([hash(`item ${index}`)], batch(`${index}`))
  const result = await stores.reservations.reserve(reservation(`p${index}`))
  if (result.kind !== 'granted') throw new Error(`not granted: ${result.kind}`)
  say(`reserved ${index}`)
  if (index % 2 === 0) {
    const { nonceKey } = reservation(`p${index}`)
    await stores.reservations.finish({ nonceKey, attempt: result.attempt, settlement: settlement() })
  }
}
await stores.close()

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger } from '@og/ledger'
import Database from 'libsql'
import type { ReservationSide } from './measure-reservations.js'
import { reservationOf } from './reservation-of.js'

/** Ours, and the least that SQLite must do for a durable row: one insert, one commit, one fsync. */
export function sqliteSides(): {
  readonly ours: ReservationSide
  readonly peer: ReservationSide
  close(): Promise<void>
} {
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-ledger-'))
  const ledger = openLedger({ path: join(folder, 'ledger.db') })
  const bare = new Database(join(folder, 'bare.db'))
  bare.pragma('journal_mode=WAL')
  bare.pragma('synchronous=FULL')
  bare.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT')
  const insert = bare.prepare('INSERT INTO row (id, text) VALUES (?, ?)')
  return {
    ours: {
      name: '@og/ledger on SQLite',
      once: async (index) => {
        const { kind } = await ledger.reserve(reservationOf(index))
        if (kind !== 'granted') throw new Error(`a new payment is ${kind}`)
      },
    },
    peer: {
      name: 'bare insert and commit in libsql (the cost of an fsync)',
      once: async (index) => {
        insert.run([index, reservationOf(index).payload])
        await new Promise((resolve) => setImmediate(resolve))
      },
    },
    close: async () => {
      await ledger.close()
      bare.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

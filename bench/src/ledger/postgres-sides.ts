import { openPostgresLedger } from '@og/ledger/postgres'
import pg from 'pg'
import type { ReservationSide } from './measure-reservations.js'
import { reservationOf } from './reservation-of.js'

/** Ours, and the least that PostgreSQL must do for a durable row: one prepared insert that commits by itself. */
export async function postgresSides(
  connectionString: string,
  clients: number,
): Promise<{ readonly ours: ReservationSide; readonly peer: ReservationSide; close(): Promise<void> }> {
  const ledger = await openPostgresLedger({ connectionString, maxConnections: clients })
  const pool = new pg.Pool({ connectionString, max: clients })
  await pool.query('CREATE TABLE bare (id bigint PRIMARY KEY, text text NOT NULL)')
  return {
    ours: {
      name: '@og/ledger on PostgreSQL',
      once: async (index) => {
        const { kind } = await ledger.reserve(reservationOf(index))
        if (kind !== 'granted') throw new Error(`a new payment is ${kind}`)
      },
    },
    peer: {
      name: 'bare insert through pg, committed by itself',
      once: async (index) => {
        const values = [index, reservationOf(index).payload]
        await pool.query({ name: 'bare', text: 'INSERT INTO bare (id, text) VALUES ($1, $2)', values })
      },
    },
    close: async () => {
      await ledger.close()
      await pool.end()
    },
  }
}

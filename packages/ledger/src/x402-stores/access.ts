import type { AccessStore } from '@og/x402/extensions'
import { encodeAmount } from '../engine/row.js'
import { get, type Operation, run } from './statements.js'

type Access = Parameters<AccessStore['recordPayment']>[0]
type Nonce = Parameters<AccessStore['takeNonce']>[0]

/** Records that an address paid for a resource. */
export function* recordAccess({ resource, payer }: Access): Operation<void> {
  yield* run('INSERT INTO x402_access (payer, resource) VALUES ($1, $2) ON CONFLICT (payer, resource) DO NOTHING', [
    payer.toLowerCase(),
    resource,
  ])
}

/** Tells whether it did. */
export function* hasAccess({ resource, payer }: Access): Operation<boolean> {
  const row = yield* get('SELECT payer FROM x402_access WHERE payer = $1 AND resource = $2', [
    payer.toLowerCase(),
    resource,
  ])
  return row !== undefined
}

/** Takes a nonce, once. */
export function* takeNonce({ nonce, expiresAt }: Nonce): Operation<boolean> {
  const taken = yield* run(
    'INSERT INTO x402_nonce (nonce, expires_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING',
    [nonce, encodeAmount(expiresAt)],
  )
  return taken === 1
}

/** Forgets nonces whose proofs are too old to be shown again. */
export function* sweepNonces(now: bigint): Operation<number> {
  return yield* run('DELETE FROM x402_nonce WHERE expires_at < $1', [encodeAmount(now)])
}

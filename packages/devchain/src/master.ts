import { randomBytes } from 'node:crypto'
import type { Address } from './hex.js'

/**
 * A fresh address with the prefix that the token double takes orders from (`MASTER_PREFIX`). A new one for each call,
 * so that calls in parallel do not compete for a transaction nonce.
 */
export function masterAddress(): Address {
  return `0x${'dec0de'.padStart(24, '0')}${randomBytes(8).toString('hex')}`
}

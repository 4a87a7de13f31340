import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Hex } from '@og/settlement'

/** Authenticates a text that travels through foreign hands and comes back. Texts of different kinds begin with different words. */
export function macOf(key: Uint8Array, text: string): Hex {
  return `0x${createHmac('sha256', key).update(text).digest('hex')}`
}

/** Compares an echoed code with the right one, in a time that says nothing of either. */
export function isSameMac(given: string, right: Hex): boolean {
  const [left, own] = [Buffer.from(given), Buffer.from(right)]
  return left.length === own.length && timingSafeEqual(left, own)
}

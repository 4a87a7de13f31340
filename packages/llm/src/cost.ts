import type { JsonObject } from './json.js'

/** A decimal number as an integer and how many of its digits stand behind the point. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

const maxScale = 30

/** What the answer cost, as an exact decimal, from `usage.cost`; `null` when the server did not say. */
export function costOf(usage: JsonObject | null): string | null {
  const cost = usage?.['cost']
  const decimal = typeof cost === 'number' || typeof cost === 'string' ? decimalOf(String(cost)) : undefined
  return decimal ? textOf(decimal) : null
}

/** Adds costs exactly; what is not known is left out, and nothing known is `null`. */
export function addCost(total: string | null, cost: string | null): string | null {
  const left = total === null ? undefined : decimalOf(total)
  const right = cost === null ? undefined : decimalOf(cost)
  if (!left || !right) return cost ?? total
  const scale = Math.max(left.scale, right.scale)
  const raised = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own)
  return textOf({ digits: raised(left) + raised(right), scale })
}

/** The receipt that the server put into `usage.og`; `null` when there is none. */
export function receiptOf(usage: JsonObject | null): JsonObject | null {
  const receipt = usage?.['og']
  return typeof receipt === 'object' && receipt !== null && !Array.isArray(receipt) ? (receipt as JsonObject) : null
}

function decimalOf(text: string): Decimal | undefined {
  const found = /^(\d{1,30})(?:\.(\d{0,30}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text)
  if (!found) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = found
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  if (Math.abs(scale) > maxScale) return undefined
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

function textOf({ digits, scale }: Decimal): string {
  if (scale === 0) return digits.toString()
  const text = digits.toString().padStart(scale + 1, '0')
  const fraction = text.slice(-scale).replace(/0+$/, '')
  const whole = text.slice(0, -scale)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

import { UsageError } from '../exit-code.js'

/** Reads the address that a flag names. @throws UsageError when it is none */
export function addressOf(flag: string, text: string | undefined): `0x${string}` | undefined {
  if (text === undefined) return undefined
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new UsageError(`${flag} must be an address`)
  return `0x${text.slice(2)}`
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CollateralJson } from '@og/tee-verify'

/** A genuine TDX v4 quote of near/mpc with Intel's collateral, from the vectors of `@og/tee-verify`. */
export const quoteFolder: string = fileURLToPath(
  new URL('../../../packages/tee-verify/test/vectors/real/near-mpc-v4/', import.meta.url),
)

/** Quote, collateral in the wire shape that both sides read, and a time at which all of it is valid. */
export function readRealQuote(): {
  readonly quote: Uint8Array
  readonly collateral: CollateralJson
  readonly now: bigint
} {
  const json = (name: string) => JSON.parse(readFileSync(`${quoteFolder}${name}`, 'utf8'))
  return {
    quote: new Uint8Array(readFileSync(`${quoteFolder}quote.bin`)),
    collateral: json('collateral.json'),
    now: BigInt(json('vector.json').now),
  }
}

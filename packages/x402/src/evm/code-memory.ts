import type { Address } from '../address.js'
import type { ChainReader } from './chain.js'

const MAX_ADDRESSES = 1_000

/**
 * Tells whether there is code at an address, and asks once where there is. That of tokens and proxies does not go away (EIP-6780).
 * Not for payers, who may come and go as EIP-7702 accounts.
 */
export function createCodeMemory(chain: Pick<ChainReader, 'getCode'>): (address: Address) => Promise<boolean> {
  const known = new Set<Address>()
  return async (address) => {
    if (known.has(address)) return true
    const isThere = (await chain.getCode(address)) !== '0x'
    if (isThere && known.size < MAX_ADDRESSES) known.add(address)
    return isThere
  }
}

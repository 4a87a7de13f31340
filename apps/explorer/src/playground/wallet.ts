import { type Address, isAddress, type LocalAccount } from 'viem'
import { privateKeyToAccount, toAccount } from 'viem/accounts'
import type { Network } from '../network/network.js'

/** Who pays in the playground. */
export interface Wallet {
  readonly name: 'burner key' | 'browser wallet'
  readonly account: LocalAccount
}

/** The part of EIP-1193 that is used. */
interface Provider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

/** The funded throw-away key of a development network, if it has one. */
export function burnerWallet(network: Network): Wallet | null {
  return network.burnerKey === undefined
    ? null
    : { name: 'burner key', account: privateKeyToAccount(network.burnerKey) }
}

/** Whether this browser has a wallet extension. */
export function hasBrowserWallet(): boolean {
  return providerOf() !== null
}

/** Asks the wallet extension for an account; it signs every payment itself. @throws Error when the visitor says no. */
export async function connectBrowserWallet(): Promise<Wallet> {
  const provider = providerOf()
  if (provider === null) throw new Error('This browser has no wallet extension.')
  const accounts = await provider.request({ method: 'eth_requestAccounts' })
  const address: unknown = Array.isArray(accounts) ? accounts[0] : undefined
  if (typeof address !== 'string' || !isAddress(address, { strict: false })) {
    throw new Error('The wallet gave no account.')
  }
  return { name: 'browser wallet', account: accountOf(provider, address) }
}

function accountOf(provider: Provider, address: Address): LocalAccount {
  const refuse = async (): Promise<never> => {
    throw new Error('The playground asks the wallet for payment signatures only.')
  }
  return toAccount({
    address,
    signMessage: refuse,
    signTransaction: refuse,
    async signTypedData(typedData) {
      const text = JSON.stringify(typedData, (_key, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      )
      const signature = await provider.request({ method: 'eth_signTypedData_v4', params: [address, text] })
      if (typeof signature !== 'string' || !/^0x[0-9a-fA-F]{130}$/.test(signature)) {
        throw new Error('The wallet gave no signature.')
      }
      return `0x${signature.slice(2)}`
    },
  })
}

function providerOf(): Provider | null {
  const found: unknown = Object.getOwnPropertyDescriptor(window, 'ethereum')?.value
  return typeof found === 'object' && found !== null && 'request' in found && typeof found.request === 'function'
    ? { request: found.request.bind(found) }
    : null
}

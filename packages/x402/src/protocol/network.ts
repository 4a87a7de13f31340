import { X402Error } from '../x402-error.js'

/** A CAIP-2 network id such as `eip155:84532`. */
export type Network = `${string}:${string}`

// CAIP-2: namespace [-a-z0-9]{3,8}, reference [-_a-zA-Z0-9]{1,32}
const CAIP2 = /^[-a-z0-9]{3,32}:[-_a-zA-Z0-9]{1,64}$/
const EIP155 = /^eip155:([1-9][0-9]{0,18})$/

/**
 * Reads a CAIP-2 network id.
 * @throws X402Error `INVALID_NETWORK`
 */
export function parseNetwork(text: unknown): Network {
  if (typeof text !== 'string' || !CAIP2.test(text)) {
    throw new X402Error('INVALID_NETWORK', 'expected a CAIP-2 network id such as eip155:84532')
  }
  // The pattern has proved the colon.
  return text as Network
}

/**
 * The EVM chain id of a network.
 * @throws X402Error `INVALID_NETWORK` when it is not an `eip155` network
 */
export function evmChainId(network: string): bigint {
  const match = EIP155.exec(network)
  if (match?.[1] === undefined) throw new X402Error('INVALID_NETWORK', 'expected an eip155 network')
  return BigInt(match[1])
}

/** The network of an EVM chain id. */
export function evmNetwork(chainId: bigint): Network {
  return `eip155:${chainId}`
}

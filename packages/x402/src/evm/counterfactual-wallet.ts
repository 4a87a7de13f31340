import { type Address, parseAddress } from '../address.js'
import { bytesOf, type Hex, hexOf, isHex } from '../hex.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { bytes32Word, encodeCall } from './abi.js'
import { aggregateCalldata, decodeAggregate } from './batch-calldata.js'
import type { ChainReader } from './chain.js'
import { MULTICALL3_ADDRESS } from './contracts.js'
import type { InspectedAuthorization } from './inspect-authorization.js'

/** A signature of a wallet that is not deployed yet, with how to deploy it (ERC-6492). */
export interface WrappedSignature {
  readonly factory: Address
  readonly factoryData: Hex
  readonly signature: Hex
}

const MAGIC_SUFFIX = '6492'.repeat(16)
/** ERC-1271 `isValidSignature(bytes32,bytes)` answers its own selector. */
const ERC1271_MAGIC = '0x1626ba7e'

/** Tells whether a signature is wrapped for a wallet that may not be deployed. */
export function isWrappedSignature(signature: Hex): boolean {
  return signature.length > 66 && signature.slice(-64).toLowerCase() === MAGIC_SUFFIX
}

function bytesAt(data: Uint8Array, slot: number): Uint8Array | undefined {
  const offset = numberAt(data, slot)
  const length = offset === undefined ? undefined : numberAt(data, offset)
  if (offset === undefined || length === undefined || offset + 32 + length > data.length) return undefined
  return data.subarray(offset + 32, offset + 32 + length)
}

function numberAt(data: Uint8Array, offset: number): number | undefined {
  if (offset + 32 > data.length) return undefined
  const value = BigInt(hexOf(data.subarray(offset, offset + 32)))
  return value > BigInt(data.length) ? undefined : Number(value)
}

/** Unwraps an ERC-6492 signature; `undefined` when it is malformed. */
export function unwrapSignature(signature: Hex): WrappedSignature | undefined {
  if (!isWrappedSignature(signature)) return undefined
  const data = bytesOf(signature).subarray(0, -32)
  const address = hexOf(data.subarray(12, 32))
  const [factoryData, inner] = [bytesAt(data, 32), bytesAt(data, 64)]
  if (!isHex(address, 20) || factoryData === undefined || inner === undefined) return undefined
  return { factory: parseAddress(address), factoryData: hexOf(factoryData), signature: hexOf(inner) }
}

/** Calldata that asks a wallet contract about a signature. */
export function walletQuestion(paymentHash: Hex, signature: Hex): Hex {
  return encodeCall('isValidSignature(bytes32,bytes)', [bytes32Word(paymentHash)], bytesOf(signature))
}

/** Tells whether a wallet contract said yes. */
export function isWalletYes(data: Hex): boolean {
  return data.length >= 66 && data.slice(0, 10) === ERC1271_MAGIC
}

/**
 * Judges the signature of a wallet that is not deployed: its factory must be on the list, and the wallet must accept the
 * signature, and for `exact` make the payment, once the factory has run. Simulated only; nothing is deployed.
 */
export async function checkUndeployedWallet(
  inspected: InspectedAuthorization,
  context: {
    readonly chain: ChainReader
    readonly wrapped: WrappedSignature
    readonly factories: readonly Address[]
    /** The settlement, where anybody may send it. */
    readonly settlement: { readonly to: Address; readonly data: Hex } | undefined
    readonly gas: bigint
  },
): Promise<Refusal | undefined> {
  const { chain, wrapped, factories, settlement, gas } = context
  if (!factories.includes(wrapped.factory)) {
    return refusal('eip6492_factory_not_allowed', 'the wallet is not deployed, and its factory is not on the list')
  }
  const { authorization, paymentHash } = inspected
  const calls = [
    { to: wrapped.factory, data: wrapped.factoryData },
    { to: authorization.from, data: walletQuestion(paymentHash, wrapped.signature) },
    ...(settlement === undefined ? [] : [settlement]),
  ]
  const answer = await chain.call({ to: MULTICALL3_ADDRESS, data: aggregateCalldata(calls), gas })
  const results = answer.status === 'success' ? decodeAggregate(answer.data, calls.length) : undefined
  const [deployed, judged, moved] = results ?? []
  if (deployed?.success !== true) return refusal('smart_wallet_deployment_failed', 'the factory reverts')
  if (judged?.success !== true || !isWalletYes(judged.data)) {
    const permit = authorization.method === 'permit2'
    return refusal(permit ? 'invalid_permit2_signature' : 'invalid_exact_evm_signature', 'the wallet refuses it')
  }
  if (settlement !== undefined && moved?.success !== true) {
    const permit = authorization.method === 'permit2'
    const code = permit ? 'permit2_simulation_failed' : 'invalid_exact_evm_transaction_simulation_failed'
    return refusal(code, 'the payment reverts')
  }
  return undefined
}

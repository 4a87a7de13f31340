import { parseAddress } from '../address.js'
import type { ClientScheme, CreatedPayment, CreatePaymentOptions } from '../client/client-scheme.js'
import { type Hex, isHex, lowerHex } from '../hex.js'
import { type Network, parseNetwork } from '../protocol/network.js'
import { amountOf, type PaymentRequirements } from '../protocol/payment-requirements.js'
import { X402Error } from '../x402-error.js'
import { type Authorization, encodeAuthorization } from './authorization.js'
import type { ChainReader } from './chain.js'
import { EXACT_PERMIT2_PROXY_ADDRESS, UPTO_PERMIT2_PROXY_ADDRESS } from './contracts.js'
import { type EvmScheme, type EvmTarget, evmTargetOf } from './evm-target.js'
import { signSponsoredApproval } from './gas-sponsoring.js'
import { parseEcdsaSignature } from './signature.js'
import { type PaymentSigner, signWith, type TypedData } from './signer.js'
import { hashAuthorization, type TokenDomain, typedDataOf } from './typed-data.js'

/** Options of {@link exactClient} and {@link uptoClient}. */
export interface EvmClientOptions {
  readonly signer: PaymentSigner
  /** Networks to pay on; every `eip155` network when absent (the spend policy of `wrapFetch` limits too). */
  readonly networks?: readonly Network[]
  /**
   * Reads a chain by `eth_call`. With it, a first Permit2 payment carries the approval that it lacks, where the server
   * offers to submit one (`eip2612GasSponsoring`). The approval is for exactly the payment's amount.
   */
  readonly chainOf?: (network: Network) => Pick<ChainReader, 'call'> | undefined
}

function facilitatorOf({ facilitator }: EvmTarget): Hex | undefined {
  return typeof facilitator === 'string' && isHex(facilitator, 20) ? parseAddress(facilitator) : undefined
}

/** 65-byte signatures leave in canonical form; longer ones are a contract wallet's and leave as they are. */
function canonical(signature: Hex): Hex {
  if (!isHex(signature)) throw new X402Error('INVALID_SIGNATURE', 'the signer returned no hex')
  return isHex(signature, 65) ? parseEcdsaSignature(signature) : lowerHex(signature)
}

function authorizationFor(
  target: EvmTarget,
  from: Hex,
  o: CreatePaymentOptions & { readonly value: bigint; readonly validBefore: bigint },
): Authorization {
  const common = {
    from: parseAddress(from),
    to: target.payTo,
    value: o.value,
    validAfter: o.validAfter,
    validBefore: o.validBefore,
    nonce: lowerHex(o.nonce),
  }
  if (target.method === 'eip3009') return { method: 'eip3009', ...common }
  if (target.scheme === 'exact') {
    return { method: 'permit2', ...common, token: target.asset, spender: EXACT_PERMIT2_PROXY_ADDRESS }
  }
  const facilitator = facilitatorOf(target)
  if (facilitator === undefined) throw new X402Error('UNSUPPORTED_SCHEME', 'upto needs extra.facilitatorAddress')
  return { method: 'permit2', ...common, token: target.asset, spender: UPTO_PERMIT2_PROXY_ADDRESS, facilitator }
}

function evmClient(scheme: EvmScheme, options: EvmClientOptions): ClientScheme {
  const { signer } = options
  const networks = options.networks?.map(parseNetwork)

  function targetOf(requirements: PaymentRequirements): { target: EvmTarget; domain: TokenDomain } | undefined {
    if (requirements.scheme !== scheme) return undefined
    if (networks !== undefined && !networks.includes(requirements.network)) return undefined
    const target = evmTargetOf(requirements)
    if (target === undefined) return undefined
    if (scheme === 'upto' && facilitatorOf(target) === undefined) return undefined
    const { domain } = target
    if (domain !== undefined) return { target, domain }
    if (target.method === 'eip3009') return undefined
    return { target, domain: { name: '', version: '', chainId: target.chainId, verifyingContract: target.asset } }
  }

  return {
    scheme,
    isSupported: (requirements) => targetOf(requirements) !== undefined,
    async createPayload(requirements, payment): Promise<CreatedPayment> {
      const found = targetOf(requirements)
      if (found === undefined) throw new X402Error('UNSUPPORTED_SCHEME', `not ${scheme} requirements that can be paid`)
      if (!isHex(payment.nonce, 32)) throw new X402Error('INVALID_HEX', 'nonce: expected 32 bytes')
      const { target, domain } = found
      const validBefore = payment.now + BigInt(requirements.maxTimeoutSeconds)
      const authorization = authorizationFor(target, signer.address, {
        ...payment,
        value: amountOf(requirements),
        validBefore,
      })
      const paymentHash = hashAuthorization(authorization, domain)
      const typedData = (): TypedData => typedDataOf(authorization, domain)
      const signature = canonical(await signWith(signer, { digest: () => paymentHash, typedData }))
      const chain = authorization.method === 'permit2' ? options.chainOf?.(requirements.network) : undefined
      const extensions =
        authorization.method !== 'permit2' || chain === undefined
          ? undefined
          : await signSponsoredApproval(authorization, { offered: payment.extensions, chain, domain, signer })
      return {
        ...(extensions === undefined ? {} : { extensions }),
        payload: encodeAuthorization({ authorization, signature }),
        payer: authorization.from,
        paymentHash,
        authorized: authorization.value,
        validBefore,
      }
    },
  }
}

/** The client's side of `exact`: EIP-3009, or Permit2 where the server asks for it. */
export function exactClient(options: EvmClientOptions): ClientScheme {
  return evmClient('exact', options)
}

/** The client's side of `upto`: a Permit2 ceiling of which the server takes what was used. */
export function uptoClient(options: EvmClientOptions): ClientScheme {
  return evmClient('upto', options)
}

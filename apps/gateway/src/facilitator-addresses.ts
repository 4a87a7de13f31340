import type { Facilitator } from '@og/x402/facilitator'
import type { Hex } from 'viem'
import { errorText } from './error-text.js'
import { GatewayError } from './gateway-error.js'

/** Addresses that payers must name in what they sign. */
export interface FacilitatorAddresses {
  /** Who may settle `upto` payments; `undefined` when the facilitator offers none. */
  readonly upto: Hex | undefined
  /** Who claims channels for servers without a key of their own; `undefined` when it does not. */
  readonly channelAuthorizer: Hex | undefined
}

/**
 * Asks a facilitator for its addresses on a network.
 * @throws GatewayError `config_invalid` when it does not answer, and when it settles nothing on that network
 */
export async function fetchFacilitatorAddresses(
  facilitator: Pick<Facilitator, 'supported'>,
  network: string,
): Promise<FacilitatorAddresses> {
  const { kinds } = await facilitator.supported().catch((cause: unknown) => {
    throw new GatewayError('config_invalid', `facilitatorUrl: no facilitator answers there (${errorText(cause)}).`, {
      cause,
    })
  })
  const served = kinds.filter((kind) => kind.network === network)
  if (served.length === 0) {
    throw new GatewayError('config_invalid', `facilitatorUrl: that facilitator settles nothing on ${network}.`)
  }
  const addressOf = (scheme: string, member: string): Hex | undefined => {
    const address = served.find((candidate) => candidate.scheme === scheme)?.extra?.[member]
    return typeof address === 'string' ? (address as Hex) : undefined
  }
  return {
    upto: addressOf('upto', 'facilitatorAddress'),
    channelAuthorizer: addressOf('batch-settlement', 'receiverAuthorizer'),
  }
}

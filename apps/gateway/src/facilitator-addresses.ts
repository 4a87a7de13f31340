import type { Facilitator } from '@og/x402/facilitator'
import type { Hex } from 'viem'

/** Addresses that payers must name in what they sign. */
export interface FacilitatorAddresses {
  /** Who may settle `upto` payments; `undefined` when the facilitator offers none. */
  readonly upto: Hex | undefined
  /** Who claims channels for servers without a key of their own; `undefined` when it does not. */
  readonly channelAuthorizer: Hex | undefined
}

/** Asks a facilitator for its addresses on a network. */
export async function fetchFacilitatorAddresses(
  facilitator: Pick<Facilitator, 'supported'>,
  network: string,
): Promise<FacilitatorAddresses> {
  const { kinds } = await facilitator.supported()
  const addressOf = (scheme: string, member: string): Hex | undefined => {
    const kind = kinds.find((candidate) => candidate.scheme === scheme && candidate.network === network)
    const address = kind?.extra?.[member]
    return typeof address === 'string' ? (address as Hex) : undefined
  }
  return {
    upto: addressOf('upto', 'facilitatorAddress'),
    channelAuthorizer: addressOf('batch-settlement', 'receiverAuthorizer'),
  }
}

import { createPublicClient, erc20Abi, type Hex, http } from 'viem'
import { NodeFailure } from '../node-url.js'

/** A token on a chain. */
interface TokenPlace {
  readonly rpcUrl: string
  readonly asset: Hex
}

/** How many decimals a token has, by its own word. @throws NodeFailure */
export async function decimalsOf({ rpcUrl, asset }: TokenPlace): Promise<number> {
  const client = createPublicClient({ transport: http(rpcUrl) })
  return answered(rpcUrl, client.readContract({ address: asset, abi: erc20Abi, functionName: 'decimals' }))
}

/**
 * How many decimals the token of a network has. A chain of another number is not asked: another token may have the same address there.
 * @throws NodeFailure
 */
export async function decimalsOn(network: string, place: TokenPlace): Promise<number> {
  const { rpcUrl } = place
  const chainId = await createPublicClient({ transport: http(rpcUrl) })
    .getChainId()
    .catch(() => {
      throw new NodeFailure(`the chain at ${rpcUrl} does not answer`)
    })
  if (network !== `eip155:${chainId}`) throw new NodeFailure(`${rpcUrl} is another chain (eip155:${chainId})`)
  return decimalsOf(place)
}

/** What an account holds of a token, in atomic units. @throws NodeFailure */
export async function holdingOf({ rpcUrl, asset }: TokenPlace, account: Hex): Promise<bigint> {
  const client = createPublicClient({ transport: http(rpcUrl) })
  const call = { address: asset, abi: erc20Abi, functionName: 'balanceOf', args: [account] } as const
  return answered(rpcUrl, client.readContract(call))
}

async function answered<T>(rpcUrl: string, work: Promise<T>): Promise<T> {
  return work.catch(() => {
    throw new NodeFailure(`the token does not answer on the chain at ${rpcUrl}`)
  })
}

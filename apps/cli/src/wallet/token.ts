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

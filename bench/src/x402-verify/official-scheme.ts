import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { ExactEvmScheme } from '@x402/evm/exact/facilitator'

type Signer = ConstructorParameters<typeof ExactEvmScheme>[0]
type VerifyArguments = Parameters<ExactEvmScheme['verify']>

/**
 * The official facilitator's own `verify` on a chain that answers at once and always well: what is left is the code that runs in the
 * process. On a real node each of its three questions is a round trip besides.
 */
export function createOfficialVerify(
  asset: string,
): (payload: PaymentPayload, requirements: PaymentRequirements) => Promise<boolean> {
  const never = async (): Promise<never> => {
    throw new Error('verify sends nothing')
  }
  const signer: Signer = {
    getAddresses: () => [],
    // Only the asset has code; payers are plain accounts.
    getCode: async ({ address }) => (address.toLowerCase() === asset.toLowerCase() ? '0x00' : undefined),
    readContract: async () => undefined,
    verifyTypedData: never,
    writeContract: never,
    sendTransaction: never,
    waitForTransactionReceipt: never,
  }
  const scheme = new ExactEvmScheme(signer)
  return async (payload, requirements) => {
    const answer = await scheme.verify(payload as unknown as VerifyArguments[0], requirements as VerifyArguments[1])
    return answer.isValid
  }
}

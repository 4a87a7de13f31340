import { BatchSettlementEvmScheme } from '@x402/evm/batch-settlement/client'
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import { createPublicClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { serveParent } from '../end-to-end/child-process.js'
import { type CallerConfig, callAll, expectAnswer } from './caller.js'
import { answerText, channelDeposit, network, price } from './terms.js'

serveParent(async ({ url, rpcUrl, keys, calls }: CallerConfig) => {
  const reader = createPublicClient({ chain: baseSepolia, transport: http(rpcUrl) })
  const callers = keys.map((key) => {
    const signer = { ...privateKeyToAccount(key), readContract: reader.readContract.bind(reader) }
    const scheme = new BatchSettlementEvmScheme(
      signer as unknown as ConstructorParameters<typeof BatchSettlementEvmScheme>[0],
      { depositPolicy: { depositMultiplier: Number(channelDeposit / price) } },
    )
    const paidFetch = wrapFetchWithPayment(fetch, new x402Client().register(network, scheme))
    return async (): Promise<void> => expectAnswer(await paidFetch(url), answerText)
  })
  // The first call of each opens its channel.
  for (const call of callers) await call()
  return { ready: {}, answer: () => callAll(callers, calls) }
})

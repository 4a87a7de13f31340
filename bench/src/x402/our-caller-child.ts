import { channelClient } from '@og/x402/channel'
import { wrapFetch } from '@og/x402/client'
import { createFastSigner } from '@og/x402/node'
import { serveParent } from '../end-to-end/child-process.js'
import { type CallerConfig, callAll, expectAnswer } from './caller.js'
import { answerText, asset, channelDeposit, price } from './terms.js'

serveParent(async ({ url, keys, calls }: CallerConfig) => {
  const callers = keys.map((privateKey) => {
    const paidFetch = wrapFetch({
      schemes: [channelClient({ signer: createFastSigner({ privateKey }) })],
      policy: { maxAmountPerCall: price, maxDeposit: channelDeposit, assets: [asset] },
      payFirst: true,
    })
    return async (): Promise<void> => expectAnswer(await paidFetch(url), answerText)
  })
  // The first call of each opens its channel.
  for (const call of callers) await call()
  return { ready: {}, answer: () => callAll(callers, calls) }
})

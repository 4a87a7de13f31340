import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createChannelServer, createMemoryChannelStore } from '@og/x402/channel'
import { expressPaywall } from '@og/x402/express'
import type { Facilitator } from '@og/x402/facilitator'
import { createFastRecover } from '@og/x402/node'
import { createMemoryReservationStore } from '@og/x402/server'
import { privateKeyToAccount } from 'viem/accounts'
import { createOurFacilitator } from './facilitators.js'
import {
  answerText,
  channelDeposit,
  exactTerms,
  instantSettlement,
  payerOf,
  type ServerConfig,
  streamParts,
  streamPauseMs,
  withdrawDelay,
} from './terms.js'

/** What the process of our server tells. */
export interface OurServerReport {
  /** Which secp256k1 judges signatures. */
  readonly recover: string
  readonly settled: number
  readonly unsettled: number
}

const instantFacilitator: Facilitator = {
  verify: async (payload) => ({ isValid: true, payer: payerOf(payload) }),
  settle: async (payload) => instantSettlement(payload),
  supported: async () => ({ kinds: [], extensions: [], signers: {} }),
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

function streamed(): Response {
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const part of streamParts) {
        controller.enqueue(new TextEncoder().encode(part))
        await pause(streamPauseMs)
      }
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/** What `/free-stream` does without any paywall. */
async function stream(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const part of streamParts) {
    response.write(part)
    await pause(streamPauseMs)
  }
  response.end()
}

const answered = async (): Promise<Response> =>
  new Response(answerText, { headers: { 'content-type': 'application/json' } })

/** Our paywall on `node:http`: signatures judged here, native where the machine can; with a chain, settled after the answer. */
export function createOurServer(config: ServerConfig): {
  readonly server: Server
  readonly report: () => OurServerReport
} {
  const { implementation, recover } = createFastRecover()
  const facilitator = config.chain === undefined ? instantFacilitator : createOurFacilitator(config.chain)
  let [settled, unsettled] = [0, 0]
  const requirements = exactTerms(config.payTo)
  const common = {
    requirementsFor: (request: Request) => ({ resource: { url: request.url }, accepts: [requirements] }),
    store: createMemoryReservationStore(),
    facilitator,
    recover,
    verify: 'local',
    onSettlement: (event: { readonly settlement: { readonly success: boolean } | undefined }) => {
      if (event.settlement?.success === true) settled += 1
      else unsettled += 1
    },
    ...(config.chain === undefined ? {} : { settleAfter: () => true }),
  } as const
  const paid = expressPaywall({ ...common, handler: answered })
  const paidStream = expressPaywall({ ...common, handler: async () => streamed() })
  const channel = config.chain === undefined ? paid : channelWall(config, config.chain.authorizerKey)

  function channelWall({ payTo }: ServerConfig, authorizerKey: `0x${string}`): typeof paid {
    const authorizer = privateKeyToAccount(authorizerKey)
    const terms = {
      ...exactTerms(payTo),
      scheme: 'batch-settlement',
      extra: {
        name: 'USDC',
        version: '2',
        receiverAuthorizer: authorizer.address,
        withdrawDelay,
        minDeposit: channelDeposit.toString(),
      },
    }
    return expressPaywall({
      requirementsFor: (request) => ({ resource: { url: request.url }, accepts: [terms] }),
      store: createMemoryReservationStore(),
      facilitator,
      recover,
      channels: createChannelServer({ store: createMemoryChannelStore(), facilitator, authorizer, recover }),
      handler: answered,
    })
  }

  const listener: RequestListener = (request, response) => {
    const fail = (): void => void (response.headersSent ? response.destroy() : response.writeHead(500).end())
    switch (request.url) {
      case '/paid':
        return void paid(request, response, fail)
      case '/stream':
        return void paidStream(request, response, fail)
      case '/channel':
        return void channel(request, response, fail)
      case '/free':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(answerText)
      case '/free-stream':
        return void stream(response).catch(fail)
      default:
        response.writeHead(404).end()
    }
  }
  return {
    server: createServer({ keepAliveTimeout: 120_000 }, listener),
    report: () => ({ recover: implementation, settled, unsettled }),
  }
}

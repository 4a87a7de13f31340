import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { PaymentRequirements } from '@og/x402'
import { createChannelServer, createMemoryChannelStore } from '@og/x402/channel'
import { createFacilitatorClient, type Facilitator } from '@og/x402/facilitator'
import {
  createFastKeccak,
  createFastRecover,
  createRecoverPool,
  type NodeAnswer,
  type NodeHandler,
  nodePaywall,
} from '@og/x402/node'
import { createMemoryReservationStore, type Price } from '@og/x402/server'
import { privateKeyToAccount } from 'viem/accounts'
import { createOurFacilitator, type OurTools } from './our-facilitator.js'
import {
  answerText,
  channelDeposit,
  cpuMsOfThisProcess,
  exactTerms,
  instantSettlement,
  payerOf,
  type ServerConfig,
  type ServerReport,
  streamParts,
  streamPauseMs,
  withdrawDelay,
} from './terms.js'

/** What the process of our server tells. */
export interface OurServerReport extends ServerReport {
  /** What recovers signers, and what hashes. */
  readonly tools: string
  readonly settled: number
  readonly unsettled: number
}

const instantFacilitator: Facilitator = {
  verify: async (payload) => ({ isValid: true, payer: payerOf(payload) }),
  settle: async (payload) => instantSettlement(payload),
  supported: async () => ({ kinds: [], extensions: [], signers: {} }),
}

function facilitatorOf({ chain, facilitatorUrl }: ServerConfig, tools: OurTools): Facilitator {
  if (chain !== undefined) return createOurFacilitator(chain, tools)
  return facilitatorUrl === undefined ? instantFacilitator : createFacilitatorClient({ baseUrl: facilitatorUrl })
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

function streamed(): NodeAnswer {
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const part of streamParts) {
        controller.enqueue(new TextEncoder().encode(part))
        await pause(streamPauseMs)
      }
      controller.close()
    },
  })
  return { headers: { 'content-type': 'text/event-stream' }, body }
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

const answered = async (): Promise<NodeAnswer> => ({
  headers: { 'content-type': 'application/json' },
  body: answerText,
})

/** Our paywall on `node:http`: signatures judged here, native where the machine can; with a chain, settled after the answer. */
export async function createOurServer(config: ServerConfig): Promise<{
  readonly server: Server
  readonly report: () => OurServerReport
}> {
  const fast = { recover: createFastRecover(), keccak: await createFastKeccak() }
  const own = { recover: fast.recover.recover, keccak: fast.keccak.keccak }
  const facilitator = facilitatorOf(config, own)
  const pool = createRecoverPool()
  const tools = { ...own, recoverAsync: pool.recoverAsync }
  let [settled, unsettled] = [0, 0]
  const terms = exactTerms(config.payTo)
  const common = {
    ...tools,
    store: createMemoryReservationStore(),
    facilitator,
    verify: 'local',
    onSettlement: (event: { readonly settlement: { readonly success: boolean } | undefined }) => {
      if (event.settlement?.success === true) settled += 1
      else unsettled += 1
    },
    ...(config.chain === undefined ? {} : { settleAfter: () => true }),
  } as const
  const exact = { price: priceOf(terms), ...common }
  const paid = nodePaywall({ ...exact, handler: answered })
  const paidStream = nodePaywall({ ...exact, handler: async () => streamed() })
  const channel = config.chain === undefined ? paid : channelWall(config.chain.authorizerKey)

  function channelWall(authorizerKey: `0x${string}`): NodeHandler {
    const authorizer = privateKeyToAccount(authorizerKey)
    const channelTerms = {
      ...terms,
      scheme: 'batch-settlement',
      extra: {
        name: 'USDC',
        version: '2',
        receiverAuthorizer: authorizer.address,
        withdrawDelay,
        minDeposit: channelDeposit.toString(),
      },
    }
    return nodePaywall({
      ...tools,
      price: priceOf(channelTerms),
      store: createMemoryReservationStore(),
      facilitator,
      channels: createChannelServer({ ...tools, store: createMemoryChannelStore(), facilitator, authorizer }),
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
        return void response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answerText) })
          .end(answerText)
      case '/free-stream':
        return void stream(response).catch(fail)
      default:
        response.writeHead(404).end()
    }
  }
  return {
    server: createServer({ keepAliveTimeout: 120_000 }, listener),
    report: () => ({
      tools: `${fast.recover.implementation} secp256k1 here and on ${pool.threads} thread, ${fast.keccak.implementation} keccak`,
      cpuMs: cpuMsOfThisProcess(),
      settled,
      unsettled,
    }),
  }
}

/** A price that names the resource by the URL that was asked for, as the official middleware does. */
function priceOf(terms: PaymentRequirements): (request: { readonly url: string }) => Price {
  return ({ url }) => ({ resource: { url }, accepts: [terms] })
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { exactFacilitator, viemChain } from '../../src/evm/index.js'
import { expressPaywall } from '../../src/express/index.js'
import { createFacilitator, type Facilitator } from '../../src/facilitator/index.js'
import type { Hex, PaymentRequirements } from '../../src/index.js'
import { createFastRecover } from '../../src/node/index.js'
import { createMemoryReservationStore } from '../../src/server/index.js'

/** What one route of this process sells, and how it is settled. */
export interface RaceRoute {
  readonly accepts: readonly PaymentRequirements[]
  /** Settles on the chain, or takes every settlement for done. */
  readonly settle: 'chain' | 'nowhere'
  readonly maxExposurePerPayer?: string
}

/** What happened on one route. */
export interface RaceReport {
  /** How often the handler ran. */
  readonly runs: number
  /** Requests that are in this process now. */
  readonly present: number
  /** The most that ever were. */
  readonly mostAtOnce: number
}

interface RaceParameters {
  readonly rpcUrl: string
  readonly key: Hex
  /** Requests that each route gets. */
  readonly requests: number
  readonly routes: Readonly<Record<string, RaceRoute>>
}

// One paywall server: it says its port on stdout, and answers GET /report/<route>.
const parameters: RaceParameters = JSON.parse(process.argv[2] ?? '{}')
const common = { chain: baseSepolia, transport: http(parameters.rpcUrl), pollingInterval: 20 } as const
const chain = viemChain({
  publicClient: createPublicClient(common),
  walletClient: createWalletClient({ ...common, account: privateKeyToAccount(parameters.key) }),
})
// What is raced for is the reservation; signatures are judged as fast as this machine can.
const { recover } = createFastRecover()
const onChain = createFacilitator({
  schemes: [exactFacilitator({ network: 'eip155:84532', chain, writer: chain, recover })],
})
const nowhere: Facilitator = {
  ...onChain,
  verify: async () => ({ isValid: true }),
  settle: async (_payload, { network }) => ({ success: true, transaction: `0x${'00'.repeat(32)}`, network }),
}

function createRoute(route: RaceRoute) {
  let runs = 0
  let answered = 0
  let present = 0
  let mostAtOnce = 0
  let waiting: (() => void)[] = []
  const wake = (): void => {
    // Whoever runs stays until everybody else has been refused, so that nobody profits from coming late.
    if (runs + answered < parameters.requests) return
    for (const go of waiting) go()
    waiting = []
  }
  const paywall = expressPaywall({
    recover,
    requirementsFor: () => ({ resource: { url: 'http://race.example/' }, accepts: route.accepts }),
    store: createMemoryReservationStore(
      route.maxExposurePerPayer === undefined ? {} : { maxExposurePerPayer: BigInt(route.maxExposurePerPayer) },
    ),
    facilitator: route.settle === 'chain' ? onChain : nowhere,
    handler: async () => {
      runs += 1
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        wake()
      })
      return Response.json({ ran: true })
    },
  })
  return {
    serve: (request: IncomingMessage, response: ServerResponse): void => {
      present += 1
      mostAtOnce = Math.max(mostAtOnce, present)
      response.once('close', () => {
        present -= 1
      })
      response.once('finish', () => {
        answered += 1
        wake()
      })
      void paywall(request, response, () => response.writeHead(500).end())
    },
    report: (): RaceReport => ({ runs, present, mostAtOnce }),
  }
}

const routes = new Map(Object.entries(parameters.routes).map(([name, route]) => [name, createRoute(route)]))
const server = createServer((request, response) => {
  const path = (request.url ?? '').slice(1)
  const reported = path.startsWith('report/') ? routes.get(path.slice('report/'.length)) : undefined
  if (reported !== undefined) {
    response.end(JSON.stringify(reported.report()))
    return
  }
  const route = routes.get(path)
  if (route === undefined) response.writeHead(404).end()
  else route.serve(request, response)
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`)
})
// Without its parent there is no reason to go on.
process.stdin.on('end', () => process.exit(0)).resume()

import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { x402Facilitator } from '@x402/core/facilitator'
import type { FacilitatorClient } from '@x402/core/server'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { ExactEvmScheme as ExactFacilitator } from '@x402/evm/exact/facilitator'
import { ExactEvmScheme as ExactServer } from '@x402/evm/exact/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import express from 'express'
import { type Address, createWalletClient, type Hex, http, nonceManager, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'

/** What the official stack needs. */
export interface OfficialServerConfig {
  readonly rpcUrl: string
  /** Where the model is, version included. */
  readonly upstreamUrl: string
  /** The account that pays the gas of settlements. */
  readonly facilitatorKey: Hex
  readonly payTo: Address
  readonly price: string
}

/** How long the facilitator's parts took, in milliseconds, since the last time they were asked for. */
export interface FacilitatorTimes {
  readonly verify: readonly number[]
  readonly settle: readonly number[]
}

const network = 'eip155:84532'
const route = '/v1/chat/completions'
/** How often viem looks for the receipt: a twelfth of the devnet's block time, so that the peer hardly waits for its own poll. */
const pollingIntervalMs = 20

/** The official middleware with the official facilitator in the same process: nothing is slowed by a hop that could be left out. */
export function createOfficialServer(config: OfficialServerConfig): {
  readonly server: Server
  readonly takeTimes: () => FacilitatorTimes
} {
  let times = { verify: [] as number[], settle: [] as number[] }
  const timed = async <T>(kind: 'verify' | 'settle', work: Promise<T>): Promise<T> => {
    const started = performance.now()
    const result = await work
    times[kind].push(performance.now() - started)
    return result
  }
  const official = createFacilitator(config)
  const facilitator: FacilitatorClient = {
    verify: (payload, requirements) => timed('verify', official.verify(payload, requirements)),
    settle: (payload, requirements) => timed('settle', official.settle(payload, requirements)),
    getSupported: async () => official.getSupported() as Awaited<ReturnType<FacilitatorClient['getSupported']>>,
  }
  const resources = new x402ResourceServer(facilitator)
  resources.register(network, new ExactServer())
  const accepts = { scheme: 'exact', network, payTo: config.payTo, price: config.price } as const
  const app = express()
  app.use(express.json())
  app.use(
    paymentMiddleware(
      { [`POST ${route}`]: { accepts, description: 'LLM inference', mimeType: 'application/json' } },
      resources,
    ),
  )
  app.post(route, async (request, response) => {
    const answer = await fetch(`${config.upstreamUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request.body),
    })
    response.status(answer.status).setHeader('content-type', answer.headers.get('content-type') ?? 'application/json')
    if (answer.body === null) response.end()
    else await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), response)
  })
  return {
    server: createServer({ keepAliveTimeout: 120_000 }, app),
    takeTimes: () => {
      const taken = times
      times = { verify: [], settle: [] }
      return taken
    },
  }
}

function createFacilitator(config: OfficialServerConfig): x402Facilitator {
  // Without viem's nonce manager most simultaneous settlements of the official facilitator collide.
  const account = privateKeyToAccount(config.facilitatorKey, { nonceManager })
  const wallet = createWalletClient({
    account,
    chain: baseSepolia,
    transport: http(config.rpcUrl),
    pollingInterval: pollingIntervalMs,
  }).extend(publicActions)
  const signer = toFacilitatorEvmSigner({ ...wallet, address: account.address } as unknown as Parameters<
    typeof toFacilitatorEvmSigner
  >[0])
  return new x402Facilitator().register(network, new ExactFacilitator(signer))
}

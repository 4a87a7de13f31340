import { type Client, createClient, type FunctionTool } from '@og/client'
import type { Step } from '../components/step-list.js'
import type { Network } from '../network/network.js'
import type { Turn } from './conversation.js'
import type { PlaygroundCall } from './playground-call.js'
import type { Wallet } from './wallet.js'

/** What to ask, of whom, and who pays. */
export interface CallInput {
  readonly network: Network
  readonly wallet: Wallet
  readonly baseUrl: string
  readonly mode: 'TEE' | 'VANILLA'
  readonly model: string
  /** What was said before, then the question. */
  readonly messages: readonly Turn[]
  readonly settlement: 'SETTLE' | 'SETTLE_METADATA' | 'SETTLE_BATCH'
  /** Atomic units. */
  readonly maxPerCall: bigint
  readonly withTool: boolean
}

/** Attests, pays, asks, verifies and waits for the chain; tells every stage as it comes. Never rejects. */
export async function runCall(input: CallInput, tell: (change: Partial<PlaygroundCall>) => void): Promise<void> {
  const stages: Step[] = []
  const stage = (name: string, detail?: string): void => {
    stages.push({ name, ok: true, detail })
    tell({ stages: [...stages] })
  }
  try {
    const client = clientOf(input)
    if (input.mode === 'TEE') {
      const { platform, verification } = await client.attest()
      stage('attested', `${platform} platform, ${verification.steps.length} checks`)
    }
    const stream = await client.llmChat({
      model: input.model,
      messages: input.messages,
      inferenceMode: input.mode,
      settlementMode: input.settlement,
      ...(input.withTool ? { tools: [weatherTool] } : {}),
      stream: true,
    })
    let text = ''
    for await (const event of stream) {
      if (text === '' && stages.at(-1)?.name !== 'paid') stage('paid', 'the node took the payment and answers')
      if (event.type === 'tool-call' && event.name !== null) stage('tool called', event.name)
      if (event.type !== 'text') continue
      text += event.text
      tell({ text })
    }
    const result = await stream.final()
    stage('answer verified', `${result.verification.steps.length} checks`)
    tell({ result, text, receipt: client.receiptBundle(result) })
    const settlement = await result.settlement({ timeoutMs: 60_000 })
    stage(
      'settled',
      settlement.record.transaction === null ? 'nothing to record' : `in block ${settlement.record.blockNumber}`,
    )
    tell({ receipt: client.receiptBundle(result, settlement), isOver: true })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `${error.code}: ` : ''
    const message = error instanceof Error ? error.message : 'The call failed.'
    tell({ problem: `${code}${message}`, isOver: true })
  }
}

function clientOf({ network, wallet, baseUrl, mode, maxPerCall }: CallInput): Client {
  return createClient({
    account: wallet.account,
    baseUrl,
    rpcUrl: network.rpc,
    inferenceMode: mode,
    trust: network.trust,
    spend: {
      maxPerCall,
      assets: [{ network: `eip155:${network.chainId}`, asset: network.token.address }],
    },
  })
}

const weatherTool: FunctionTool = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: "The city, e.g. 'San Francisco'" },
        state: { type: 'string', description: "The two-letter state, e.g. 'CA'" },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'state', 'unit'],
    },
  },
  execute: async () => 'It is 21 degrees and sunny.',
}

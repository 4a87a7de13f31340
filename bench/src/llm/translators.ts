import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { type Translate, textLengthOf, translateByAiSdk, translateOurs } from './translators-sides.js'
import { type ProviderName, type ProviderStream, recordProviderStream } from './translators-streams.js'

const tokens = 10_000
const rounds = 5
/** What a gateway must manage on one core, in tokens per second. */
const floor = 150_000
const packages: Readonly<Record<ProviderName, string>> = {
  openai: '@ai-sdk/openai',
  anthropic: '@ai-sdk/anthropic',
  gemini: '@ai-sdk/google',
}
const providers = ['openai', 'anthropic', 'gemini'] as const

/** A provider's stream in, an OpenAI stream out: what a gateway does with every token. */
export const llmTranslators: Benchmark = {
  name: 'llm-translators',
  summary: "providers' streams written again as OpenAI streams, against the AI SDK's providers",
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const provider of providers) {
    for (const eventsPerPiece of [64, 1]) {
      context.say(`translating ${provider}, ${eventsPerPiece} events a piece …`)
      rows.push(...(await translationRows(context, { provider, eventsPerPiece })))
    }
  }
  return rows
}

async function translationRows(
  context: BenchmarkContext,
  { provider, eventsPerPiece }: { readonly provider: ProviderName; readonly eventsPerPiece: number },
): Promise<readonly Row[]> {
  const stream = recordProviderStream(provider, { tokens, eventsPerPiece })
  const sides: Readonly<Record<SideName, Translate>> = { ours: translateOurs, peer: translateByAiSdk }
  for (const side of [translateOurs, translateByAiSdk]) {
    // The first run warms up, and shows that both carry the whole text.
    if (textLengthOf(await side(provider, stream)) !== stream.textLength)
      throw new Error(`${provider}: text is missing`)
  }
  const samples: Readonly<Record<SideName, number[]>> = { ours: [], peer: [] }
  const step = async (side: SideName): Promise<void> => {
    samples[side].push(await tokensPerSecond(sides[side], provider, stream))
  }
  await takeTurns(rounds, step, context.signal)
  const ours = medianOf(samples.ours)
  const config = {
    ...context.machine,
    tokens,
    eventsPerPiece,
    rounds,
    clock: 'CPU time of all threads of the process, median of the rounds',
  }
  const common = { ours, unit: 'tokens/s', better: 'higher', config } as const
  const name = `llm-translators/${provider}-${eventsPerPiece}`
  return [
    rowOf({
      name: `${name}-ai-sdk`,
      peer: medianOf(samples.peer),
      peerName: `${packages[provider]} doStream + JSON`,
      peerVersion: packageVersion(packages[provider]),
      ...common,
      target: 3,
    }),
    rowOf({ name: `${name}-floor`, peer: floor, peerName: 'the floor', peerVersion: '-', ...common, target: 1 }),
  ]
}

async function tokensPerSecond(translate: Translate, provider: ProviderName, stream: ProviderStream): Promise<number> {
  const start = process.cpuUsage()
  await translate(provider, stream)
  const { user, system } = process.cpuUsage(start)
  return tokens / ((user + system) / 1e6)
}

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, type RowConfig, rowOf } from '../row.js'
import { medianOf, percentileOf } from '../statistics.js'
import { loadSides, type Sides } from './load-sides.js'
import { type RecordedStream, recordStream } from './recorded-stream.js'
import type { LlmSide, ReadStream } from './sides.js'

const sides: readonly LlmSide[] = ['ours', 'hand', 'openai', 'ai-sdk']
const tokens = 20_000
const streamRounds = 9
/** Rounds whose samples are thrown away: code is compiled while it runs. */
const warmUpRounds = 2
const callRounds = 40
const callsPerRound = 200
/** What a call may cost over its transport, in microseconds. */
const overheadLimitUs = 20
/** What is weighed as a browser would load it, and what it may weigh, in kilobytes of 1000 bytes. */
const bundles = [
  { name: 'bundle', what: 'chat, streamChat', from: '@og/llm', limitKb: 10, isLimited: true },
  { name: 'bundle-with-http', what: 'chat, streamChat, httpTransport', from: '@og/llm', limitKb: 10, isLimited: false },
  { name: 'bundle-client', what: 'createClient', from: '@og/client', limitKb: 120, isLimited: true },
] as const

/** The client side of `@og/llm` in this process: the network is a function that answers at once. */
export const llm: Benchmark = {
  name: 'llm',
  summary: 'streams and calls of the client, against a bare parser, openai and the AI SDK; and what it weighs',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  const loaded = await loadSides()
  for (const eventsPerPiece of [64, 1]) {
    context.say(`reading streams of ${eventsPerPiece} events a piece …`)
    rows.push(...(await streamRows(context, loaded, eventsPerPiece)))
  }
  context.say('making calls …')
  rows.push(...(await callRows(context, loaded)))
  for (const bundle of bundles) rows.push(await bundleRow(context, bundle))
  return rows
}

type Samples = Readonly<Record<LlmSide, number[]>>

/** Every side once per round; who begins moves on, so that whatever drifts on the machine meets all. */
async function inTurns(
  context: BenchmarkContext,
  rounds: number,
  step: (side: LlmSide) => Promise<number>,
): Promise<Samples> {
  const samples: Samples = { ours: [], hand: [], openai: [], 'ai-sdk': [] }
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (let turn = 0; turn < sides.length; turn += 1) {
      context.signal.throwIfAborted()
      const side = sides[(turn + round + warmUpRounds) % sides.length] ?? 'ours'
      const sample = await step(side)
      if (round >= 0) samples[side].push(sample)
    }
  }
  return samples
}

async function streamRows(
  context: BenchmarkContext,
  { streamReaders }: Sides,
  eventsPerPiece: number,
): Promise<readonly Row[]> {
  const stream = recordStream(tokens, eventsPerPiece)
  const perSecond = await inTurns(context, streamRounds, (side) => tokensPerSecond(stream, side, streamReaders[side]))
  const ours = medianOf(perSecond.ours)
  const name = (peer: string): string => `llm/stream-${eventsPerPiece}-${peer}`
  const common = { ours, unit: 'tokens/s', better: 'higher' } as const
  const config: RowConfig = {
    ...context.machine,
    tokens,
    eventsPerPiece,
    bytesPerToken: Math.round(stream.pieces.reduce((sum, piece) => sum + piece.length, 0) / tokens),
    rounds: streamRounds,
    clock: 'CPU time of all threads of the process',
  }
  const isBatch = eventsPerPiece > 1
  return [
    rowOf({
      name: name('bare-parser'),
      peer: medianOf(perSecond.hand),
      peerName: 'decode + split + JSON.parse',
      peerVersion: '-',
      ...common,
      target: 0.8,
      config,
    }),
    rowOf({
      name: name('openai'),
      peer: medianOf(perSecond.openai),
      peerName: 'openai',
      peerVersion: packageVersion('openai'),
      ...common,
      target: isBatch ? 3 : 1.9,
      config,
    }),
    rowOf({
      name: name('ai-sdk'),
      peer: medianOf(perSecond['ai-sdk']),
      peerName: '@ai-sdk/openai-compatible doStream',
      peerVersion: packageVersion('@ai-sdk/openai-compatible'),
      ...common,
      target: isBatch ? 5 : 4,
      config,
    }),
  ]
}

async function tokensPerSecond(stream: RecordedStream, side: LlmSide, read: ReadStream): Promise<number> {
  const start = process.cpuUsage()
  const length = await read(stream)
  const { user, system } = process.cpuUsage(start)
  if (length !== stream.textLength) throw new Error(`${side} read ${length} of ${stream.textLength} characters`)
  return tokens / ((user + system) / 1e6)
}

async function callRows(context: BenchmarkContext, { createCallers }: Sides): Promise<readonly Row[]> {
  const answer = 'The answer is 42. '.repeat(40)
  const callers = createCallers(bodyOf(answer))
  const micros = await inTurns(context, callRounds, async (side) => {
    const start = process.cpuUsage()
    for (let call = 0; call < callsPerRound; call += 1) {
      if ((await callers[side]()) !== answer.length) throw new Error(`${side} gave another answer`)
    }
    const { user, system } = process.cpuUsage(start)
    return (user + system) / callsPerRound
  })
  const bare = percentileOf(micros.hand, 0.1) ?? 0
  const over = (side: LlmSide): number => Math.max(0, (percentileOf(micros[side], 0.1) ?? 0) - bare)
  const config: RowConfig = {
    ...context.machine,
    rounds: callRounds,
    callsPerRound,
    answerBytes: bodyOf(answer).length,
    transportAloneUs: Number(bare.toFixed(1)),
    clock: 'CPU time of all threads for a round of calls, one after the other, divided by their number',
  }
  const common = { ours: over('ours'), unit: 'us', better: 'lower', config } as const
  return [
    rowOf({
      name: 'llm/call-overhead-p10',
      peer: overheadLimitUs,
      peerName: 'the limit',
      peerVersion: '-',
      ...common,
      target: 1,
    }),
    rowOf({
      name: 'llm/call-overhead-p10-openai',
      peer: over('openai'),
      peerName: 'openai',
      peerVersion: packageVersion('openai'),
      ...common,
      target: 3,
    }),
    rowOf({
      name: 'llm/call-overhead-p10-ai-sdk',
      peer: over('ai-sdk'),
      peerName: '@ai-sdk/openai-compatible doGenerate',
      peerVersion: packageVersion('@ai-sdk/openai-compatible'),
      ...common,
      target: null,
    }),
  ]
}

function bodyOf(content: string): string {
  const choice = {
    index: 0,
    message: { role: 'assistant', content, refusal: null },
    logprobs: null,
    finish_reason: 'stop',
  }
  const usage = { prompt_tokens: 12, completion_tokens: 200, total_tokens: 212 }
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [choice],
    usage,
  })
}

async function bundleRow(context: BenchmarkContext, bundle: (typeof bundles)[number]): Promise<Row> {
  const { name, what, from, limitKb, isLimited } = bundle
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${what} } from '${from}'`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Ours is bundled from its sources, as they are now, not from an older build.
    conditions: ['@og/source'],
    legalComments: 'none',
    logLevel: 'error',
  })
  const code = outputFiles[0]?.contents
  return rowOf({
    name: `llm/${name}`,
    ours: code ? gzipSync(code, { level: 9 }).length / 1000 : null,
    peer: limitKb,
    peerName: 'the limit',
    peerVersion: '-',
    unit: 'kB',
    better: 'lower',
    target: isLimited ? 1 : null,
    config: { ...context.machine, what: `${what} of ${from}; minified, gzip -9, 1 kB = 1000 bytes` },
  })
}

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { JsonObject } from '@og/settlement'
import type { Hex } from 'viem'
import { post, signPayment } from '../../devnet/test/sign-payment.js'
import { type Payer, startTestDevnet, type TestDevnet } from '../../devnet/test/start-test-devnet.js'
import { refuseWith, startTestUpstream, type UpstreamBehaviour, words } from '../../devnet/test/start-test-upstream.js'
import { slopePerMinute } from './slope.js'

/**
 * `npm run soak [-- --minutes N] [--pause MS]`: mixed paid load with faults for twenty minutes (or N), then an audit. It fails when a call
 * failed because of us, when the memory grows, or when the books do not agree. A caller that is told to come back later does; otherwise it
 * pauses between two calls only when `--pause` says so. Faults: a provider that refuses, breaks off and hides its usage; callers that leave; a
 * chain that stands still.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, pause: { type: 'string', default: '0' } },
})
const [minutes, pauseMs] = [Number(values.minutes), Number(values.pause)]
if (!(minutes > 0 && pauseMs >= 0)) throw new Error('--minutes and --pause are numbers')
const callers = 8
/** How many ask for the end of payments afterwards. */
const auditors = 16
/** How long a caller waits at most when it is told to come back later. */
const longestWaitMs = 5000
/** How often, and how long, the chain stands still. */
const stallEveryMs = 60_000
const stallMs = 8000
/** A shorter run is over before caches and code are warm: it says nothing of leaks, and is not judged by its memory. */
const leastMinutesForMemory = 10
/** Growth that is noise of the collector and not a leak, in MiB a minute, once the process is warm. */
const largestSlope = 1
/** Pages of the ledger that SQLite keeps in memory, in MiB: filling them looks like a leak and ends by itself. JavaScript's heap must be flat meanwhile. */
const ledgerCacheMiB = 64
const paths = ['/v1/chat/completions', '/v1/completions', '/v1/responses'] as const
const settlements = ['SETTLE', 'SETTLE_BATCH', 'SETTLE_METADATA'] as const

/** MiB of the process, and of JavaScript's heap within it. */
interface Memory {
  readonly minute: number
  readonly resident: number
  readonly heap: number
}

interface Books {
  calls: number
  /** By status. */
  readonly refusedByFault: Record<string, number>
  left: number
  readonly ours: string[]
  readonly paid: Set<Hex>
}

// What is operated is the build: sources have no thread for the ledger.
const root = fileURLToPath(new URL('../../../', import.meta.url))
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules', 'turbo', 'bin', 'turbo'),
    'run',
    'build',
    '--filter=@og/gateway',
    '--filter=@og/facilitator',
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
)
process.env['OG_PROGRAMS'] = 'built'
const upstream = await startTestUpstream()
const net = await startTestDevnet({
  upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: ['openai'] }],
})
const say = (text: string): void => void process.stderr.write(`soak: ${text}\n`)
let failed = true
try {
  failed = !(await soak())
} finally {
  await net.devnet.stop()
  await upstream.close()
}
process.exit(failed ? 1 : 0)

async function soak(): Promise<boolean> {
  const url = net.devnet.vanillaGateway.url()
  const payers = await Promise.all(Array.from({ length: callers }, () => net.payer({ tokens: 10_000_000_000n })))
  const books: Books = { calls: 0, refusedByFault: {}, left: 0, ours: [], paid: new Set() }
  const end = Date.now() + minutes * 60_000
  const memory: Memory[] = []
  let longestQueue = 0
  let asked = new Set<string>()
  upstream.behave((response, call) => {
    const text = JSON.stringify(call.body)
    const isRepeated = asked.has(text)
    if (asked.size > 10_000) asked = new Set()
    asked.add(text)
    return behaviourOf(turnIn(text), isRepeated)(response, call)
  })
  const began = Date.now()
  const watching = setInterval(() => {
    void stateOf(url).then(({ resident, heap, queued }) => {
      memory.push({ minute: (Date.now() - began) / 60_000, resident, heap })
      longestQueue = Math.max(longestQueue, queued)
      const refused = Object.values(books.refusedByFault).reduce((sum, count) => sum + count, 0)
      say(
        `${books.calls} calls, ${books.paid.size} paid, ${books.ours.length} failed by us, ${refused} by faults, ${queued} steps queued, ${resident.toFixed(0)} MiB`,
      )
    }, reportTrouble)
  }, 5000)
  const stalling = setInterval(() => {
    void stall(net).catch(reportTrouble)
  }, stallEveryMs)
  await Promise.all(payers.map((payer, index) => call(payer, { url, index, end, books })))
  clearInterval(watching)
  clearInterval(stalling)
  await net.mine(true)
  const audit = await auditOf(net, { url, payers, books })
  // The first third warms caches and code; a leak goes on after it.
  const warm = memory.slice(Math.floor(memory.length / 3))
  const slope = slopePerMinute(warm.map(({ minute, resident }) => [minute, resident]))
  const heapSlope = slopePerMinute(warm.map(({ minute, heap }) => [minute, heap]))
  const { ours, paid, ...counts } = books
  const report = {
    minutes,
    ...counts,
    failedByUs: ours,
    paid: paid.size,
    longestQueue,
    memoryMiBPerMinute: Number(slope.toFixed(3)),
    heapMiBPerMinute: Number(heapSlope.toFixed(3)),
    audit,
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  const fillsCache = heapSlope < largestSlope / 2 && slope * minutes * (2 / 3) < ledgerCacheMiB
  const isFlat = minutes < leastMinutesForMemory || slope < largestSlope || fillsCache
  return ours.length === 0 && audit.length === 0 && isFlat
}

/** One caller: call after call, of every kind, with a provider that fails now and then and a client that leaves now and then. */
async function call(
  payer: Payer,
  options: { readonly url: string; readonly index: number; readonly end: number; readonly books: Books },
): Promise<void> {
  const { url, books } = options
  for (let turn = options.index; Date.now() < options.end; turn += 1) {
    const path = paths[turn % 3] ?? paths[0]
    const settlement = settlements[turn % settlements.length] ?? 'SETTLE'
    const body = bodyOf(path, turn)
    const headers = { 'og-settlement-mode': settlement }
    books.calls += 1
    let waitMs = pauseMs
    try {
      const payment = await signPayment({ url, path, body, payer, headers })
      const leave = turn % 11 === 0 ? AbortSignal.timeout(20) : undefined
      const answer = await post({ url, path, body, headers }, payment, leave === undefined ? {} : { signal: leave })
      const text = await answer.text()
      if (answer.status === 200 && !tellsOfError(text)) books.paid.add(payment.paymentHash)
      else if (answer.status === 502 || answer.status === 503 || answer.status === 429 || answer.status === 200) {
        books.refusedByFault[answer.status] = (books.refusedByFault[answer.status] ?? 0) + 1
        waitMs = Math.max(pauseMs, Math.min(Number(answer.headers.get('retry-after') ?? 0) * 1000, longestWaitMs))
      } else books.ours.push(`${answer.status} ${text.slice(0, 160)}`)
    } catch (error) {
      if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) books.left += 1
      else books.ours.push(String(error).slice(0, 160))
    }
    if (waitMs > 0) await sleep(waitMs)
  }
}

/** Whether an answer that began well ended in an error: an object of chat and completions, an event of responses. */
function tellsOfError(text: string): boolean {
  return text.includes('"error":{') || text.includes('"type":"error"') || text.includes('"type":"response.failed"')
}

/** What the provider does with a call: it fails for some, whoever asks meanwhile. Most that it refuses it serves when asked again. */
function behaviourOf(turn: number, isRepeated: boolean): UpstreamBehaviour {
  if (turn % 17 === 0 && (!isRepeated || turn % 5 === 0)) return refuseWith(503, '{"error":{"message":"busy"}}')
  if (turn % 13 === 0) return words(['one ', 'two ', 'three'], { cutAfter: 1 })
  if (turn % 7 === 0) return words(['one ', 'two ', 'three'], { usage: null })
  return words(['one ', 'two ', 'three'])
}

/** The number of a call, as its prompt tells it. */
function turnIn(body: string): number {
  return Number(/call (\d+) /.exec(body)?.[1] ?? '1')
}

/** No block for a while: payments and records wait, calls go on. */
async function stall({ mine }: TestDevnet): Promise<void> {
  await mine(false)
  try {
    await sleep(stallMs)
  } finally {
    await mine(true)
  }
}

function reportTrouble(error: unknown): void {
  say(error instanceof Error ? error.message : 'trouble')
}

function bodyOf(path: string, turn: number): JsonObject {
  const model = 'openai/gpt-4o'
  const stream = turn % 2 === 0
  const content = `call ${turn} `.repeat(1 + (turn % 50))
  switch (path) {
    case '/v1/completions':
      return { model, prompt: content, max_tokens: 32, stream: false }
    case '/v1/responses':
      return { model, input: content, max_output_tokens: 32, stream }
    default:
      return { model, messages: [{ role: 'user', content }], max_tokens: 32, stream }
  }
}

async function stateOf(url: string): Promise<Omit<Memory, 'minute'> & { readonly queued: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const mebibytes = (line: RegExp): number => Number(line.exec(text)?.[1] ?? 'NaN') / 1_048_576
  return {
    resident: mebibytes(/^og_process_resident_memory_bytes (\S+)$/m),
    heap: mebibytes(/^og_nodejs_heap_size_used_bytes (\S+)$/m),
    queued: [...text.matchAll(/^og_settlement_queue\{\S* (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0),
  }
}

/** Compares what was answered with what the node says and what moved on chain; returns what does not agree. */
async function auditOf(
  { untilSettled, transfersFrom, receiptStatus }: TestDevnet,
  { url, payers, books }: { readonly url: string; readonly payers: readonly Payer[]; readonly books: Books },
): Promise<readonly string[]> {
  const wrong: string[] = []
  let charged = 0n
  const left = [...books.paid]
  const audit = async (): Promise<void> => {
    for (let paymentHash = left.pop(); paymentHash !== undefined; paymentHash = left.pop()) {
      const status = await untilSettled(url, paymentHash).catch(() => receiptStatus(url, paymentHash))
      if (status?.payment.state !== 'confirmed' && status?.payment.charged !== '0')
        wrong.push(`${paymentHash} is not settled`)
      charged += BigInt(status?.payment.charged ?? '0')
    }
  }
  await Promise.all(Array.from({ length: auditors }, audit))
  const moved = (await Promise.all(payers.map(({ address }) => transfersFrom(address)))).flat()
  const sum = moved.reduce((total, value) => total + value, 0n)
  // Callers that left may have been served: what they paid is above what was seen here, never below.
  if (sum < charged) wrong.push(`${charged} charged, ${sum} arrived`)
  if (moved.length < books.paid.size || moved.length > books.calls)
    wrong.push(`${books.paid.size} paid calls, ${moved.length} transfers`)
  return wrong
}

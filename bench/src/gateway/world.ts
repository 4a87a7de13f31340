import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { payTo } from './configuration.js'

/** Pieces of every answer. */
const answerPieces = 20
/** The text of every answer. */
export const answerText: string = Array.from({ length: answerPieces }, (_, index) => `word${index + 1}`).join(' ')

/** An upstream stream that is as long as its prompt says: `[events=N]`, as slow: `[pause=MS]`, and in chunks of one event: `[single]`. */
const eventsMark = /\[events=(\d+)\]/
const pauseMark = /\[pause=(\d+)\]/
const singleMark = '[single]'

/**
 * Everything that a gateway talks to, in one server that takes no time of its own: a model provider, a chain on which everybody is rich, and a
 * facilitator that says yes.
 */
export function createWorld(): Server {
  return createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString('utf8')
  const answer = (body: unknown): void => {
    const json = JSON.stringify(body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }).end(json)
  }
  switch (request.url) {
    case '/supported':
      answer({ kinds: [{ x402Version: 2, scheme: 'exact', network: 'eip155:84532' }], extensions: [], signers: {} })
      return
    case '/settle':
      answer({
        success: true,
        transaction: `0x${'ab'.repeat(32)}`,
        network: 'eip155:84532',
        payer: JSON.parse(text).paymentPayload.payload.authorization.from,
      })
      return
    case '/v1/chat/completions':
      await complete(text, response)
      return
    default:
      answer(rpcAnswer(JSON.parse(text)))
  }
}

/** What a gateway asks of its contracts when it starts, by selector; everything else is a balance, whoever is asked about. */
const contractAnswers: Readonly<Record<string, string>> = {
  // nodeRegistry()
  '0xd9b5c4a5': `0x${payTo.slice(2).padStart(64, '0')}`,
  // decimals()
  '0x313ce567': `0x${'6'.padStart(64, '0')}`,
  // DOMAIN_SEPARATOR()
  '0x3644e515': '0x',
}
const balance = `0x${'0'.repeat(40)}${'f'.repeat(24)}`

function rpcAnswer(call: {
  readonly id: number
  readonly method: string
  readonly params?: readonly [{ readonly data?: string }]
}): object {
  const results: Readonly<Record<string, unknown>> = {
    eth_getBlockByNumber: {
      number: '0x10',
      timestamp: `0x${Math.floor(Date.now() / 1000).toString(16)}`,
      transactions: [],
    },
    eth_chainId: '0x14a34',
    eth_blockNumber: '0x10',
    eth_getTransactionCount: '0x0',
    eth_call: contractAnswers[call.params?.[0]?.data ?? ''] ?? balance,
  }
  return { jsonrpc: '2.0', id: call.id, result: results[call.method] ?? null }
}

/** Short streams that were asked for before: making them again would take the machine from who is measured. */
const streams = new Map<string, Buffer>()

async function complete(text: string, response: ServerResponse): Promise<void> {
  const body = JSON.parse(text) as { readonly model: string; readonly stream?: boolean }
  const common = { id: 'chatcmpl-mock', created: 1_800_000_000, model: body.model }
  const usage = { prompt_tokens: 20, completion_tokens: answerPieces, total_tokens: 20 + answerPieces }
  if (body.stream !== true) {
    const message = { role: 'assistant', content: answerText, refusal: null }
    const json = JSON.stringify({
      ...common,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
      usage,
    })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }).end(json)
    return
  }
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', ...fields })}\n\n`
  const piece = (delta: object, reason: string | null): string =>
    chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const made = streams.get(text)
  if (made !== undefined) {
    response.end(made)
    return
  }
  const events = Number(eventsMark.exec(text)?.[1] ?? answerPieces)
  const pauseMs = Number(pauseMark.exec(text)?.[1] ?? 0)
  const isSingle = text.includes(singleMark)
  let waiting = ''
  for (let index = 0; index < events; index += 1) {
    waiting += piece(
      { ...(index === 0 ? { role: 'assistant' } : {}), content: `${index === 0 ? '' : ' '}word${index + 1}` },
      null,
    )
    if (pauseMs > 0 || isSingle || waiting.length > 16_384) {
      if (!response.write(waiting)) await new Promise((resolve) => response.once('drain', resolve))
      waiting = ''
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      if (response.destroyed) return
    }
  }
  const last = `${waiting}${piece({}, 'stop')}${chunk({ choices: [], usage })}data: [DONE]\n\n`
  if (events === answerPieces && pauseMs === 0 && !isSingle) streams.set(text, Buffer.from(last))
  response.end(last)
}

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A prompt with this mark is answered over {@link slowAnswerMs}, piece by piece; every other at once. */
export const slowMark = '[slow]'
/** How long a slow answer takes from its first piece to its last. */
export const slowAnswerMs = 1_000
const pieces = 20
const maxBodyBytes = 1_000_000

/** The answer to everything: twenty pieces. */
export const mockAnswer: string = Array.from({ length: pieces }, (_, index) => `word${index + 1}`).join(' ')

/** A model provider that takes no time of its own: the OpenAI chat API with one answer, streamed or not. */
export function createMockUpstream(): Server {
  const listener: RequestListener = (request, response) => {
    serve(request, response).catch(() => response.destroy())
  }
  // Connections outlive the pauses between rounds: nobody is measured opening them.
  return createServer({ keepAliveTimeout: 120_000 }, listener)
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  if (request.method !== 'POST' || request.url?.endsWith('/chat/completions') !== true || body === undefined) {
    response.writeHead(404).end()
    return
  }
  const common = { id: 'chatcmpl-mock', created: Math.floor(Date.now() / 1000), model: body.model }
  const usage = { prompt_tokens: 20, completion_tokens: pieces, total_tokens: 20 + pieces }
  if (!body.stream) {
    const message = { role: 'assistant', content: mockAnswer, refusal: null }
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }))
    return
  }
  const send = (delta: object, finish: string | null): void => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }]
    response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices })}\n\n`)
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [index, word] of mockAnswer.split(' ').entries()) {
    if (index > 0 && body.slow) await sleep(slowAnswerMs / (pieces - 1))
    send({ ...(index === 0 ? { role: 'assistant' } : {}), content: index === 0 ? word : ` ${word}` }, null)
  }
  send({}, 'stop')
  const last = { ...common, object: 'chat.completion.chunk', choices: [], usage }
  response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`)
}

async function readBody(
  request: IncomingMessage,
): Promise<{ readonly model: string; readonly stream: boolean; readonly slow: boolean } | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  try {
    const text = Buffer.concat(chunks).toString('utf8')
    const json = JSON.parse(text) as { readonly model?: unknown; readonly stream?: unknown }
    return { model: String(json.model), stream: json.stream === true, slow: text.includes(slowMark) }
  } catch {
    return undefined
  }
}

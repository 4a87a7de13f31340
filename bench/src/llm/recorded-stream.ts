/** A chat stream as its bytes arrive: so many events in each piece from the network. */
export interface RecordedStream {
  readonly pieces: readonly Uint8Array[]
  /** Chunks with text. */
  readonly tokens: number
  readonly textLength: number
}

const words = ['Die', ' Antwort', ' auf', ' alle', ' Fragen', ' ist', ' "', '42', '"', ' –', ' wie', ' bekannt', '.\n']

/** Builds a stream of the form that OpenAI sends, about 225 bytes for each token. */
export function recordStream(tokens: number, eventsPerPiece: number): RecordedStream {
  const events: string[] = []
  let textLength = 0
  const chunk = (delta: object, rest: object = {}): string => {
    const choice = { index: 0, delta, logprobs: null, finish_reason: null, ...rest }
    return eventOf({ ...head, choices: [choice] })
  }
  events.push(chunk({ role: 'assistant', content: '', refusal: null }))
  for (let token = 0; token < tokens; token += 1) {
    const content = words[token % words.length] ?? ''
    textLength += content.length
    events.push(chunk({ content }))
  }
  events.push(chunk({}, { finish_reason: 'stop' }))
  events.push(
    eventOf({ ...head, choices: [], usage: { prompt_tokens: 9, completion_tokens: tokens, total_tokens: 9 + tokens } }),
  )
  events.push('data: [DONE]\n\n')
  const encoder = new TextEncoder()
  const pieces: Uint8Array[] = []
  for (let start = 0; start < events.length; start += eventsPerPiece) {
    pieces.push(encoder.encode(events.slice(start, start + eventsPerPiece).join('')))
  }
  return { pieces, tokens, textLength }
}

const head = {
  id: 'chatcmpl-CbXq2Vw8m1Zp0TnYrLd5eKfJh3Ga7',
  object: 'chat.completion.chunk',
  created: 1_763_800_000,
  model: 'gpt-4.1-2025-04-14',
  service_tier: 'default',
  system_fingerprint: 'fp_51e1070cf2',
}

function eventOf(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`
}

/** A response that hands out one piece for each read. */
export function responseOf(stream: RecordedStream): Response {
  let next = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = stream.pieces[next]
        next += 1
        if (piece === undefined) controller.close()
        else controller.enqueue(piece)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
}

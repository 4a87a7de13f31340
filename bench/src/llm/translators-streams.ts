/** A provider's stream as it stands on the wire, cut into network pieces. */
export interface ProviderStream {
  readonly pieces: readonly Uint8Array[]
  /** Characters of the answer, to check that everything came through. */
  readonly textLength: number
}

export type ProviderName = 'openai' | 'anthropic' | 'gemini'

const words = [
  'The',
  ' quick',
  ' brown',
  ' fox',
  ' jumps',
  ' over',
  ' "the"',
  ' lazy',
  ' dog',
  ' –',
  ' déjà',
  ' vu',
  '.\n',
]

/** The events of each provider's API for one answer of so many tokens. */
const recorders: Readonly<Record<ProviderName, (tokens: readonly string[]) => readonly object[]>> = {
  openai: (tokens) => {
    const chunk = (delta: object, finish_reason: string | null = null): object => ({
      id: 'chatcmpl-CsQy3pPbLwQhTQ6a2oHk0T8Q',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: 'gpt-4.1-2025-04-14',
      service_tier: 'default',
      system_fingerprint: 'fp_44709d6fcb',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    })
    const usage = { prompt_tokens: 12, completion_tokens: tokens.length, total_tokens: 12 + tokens.length }
    return [
      chunk({ role: 'assistant', content: '' }),
      ...tokens.map((content) => chunk({ content })),
      chunk({}, 'stop'),
      { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage },
    ]
  },
  anthropic: (tokens) => [
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude',
        content: [],
        usage: { input_tokens: 12, output_tokens: 1 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...tokens.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: tokens.length },
    },
    { type: 'message_stop' },
  ],
  gemini: (tokens) =>
    tokens.map((text, index) => ({
      candidates: [
        {
          content: { parts: [{ text }], role: 'model' },
          ...(index === tokens.length - 1 ? { finishReason: 'STOP' } : {}),
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: index + 1, totalTokenCount: 13 + index },
      modelVersion: 'gemini-2.5-flash',
      responseId: 'r1',
    })),
}

/** Records an answer of so many tokens, in network pieces of so many events. */
export function recordProviderStream(
  provider: ProviderName,
  options: { readonly tokens: number; readonly eventsPerPiece: number },
): ProviderStream {
  const tokens = Array.from({ length: options.tokens }, (_, index) => words[index % words.length] ?? '')
  const lines = recorders[provider](tokens).map((event) => {
    const name = 'type' in event && provider === 'anthropic' ? `event: ${String(event.type)}\n` : ''
    return `${name}data: ${JSON.stringify(event)}\n\n`
  })
  if (provider === 'openai') lines.push('data: [DONE]\n\n')
  const utf8 = new TextEncoder()
  const pieces: Uint8Array[] = []
  for (let from = 0; from < lines.length; from += options.eventsPerPiece) {
    pieces.push(utf8.encode(lines.slice(from, from + options.eventsPerPiece).join('')))
  }
  return { pieces, textLength: tokens.join('').length }
}

/** The stream as a response that hands out one piece per pull. */
export function responseOf({ pieces }: ProviderStream): Response {
  let next = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next]
        next += 1
        if (piece) controller.enqueue(piece)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

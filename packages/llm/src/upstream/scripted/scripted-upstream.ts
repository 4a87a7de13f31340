import type { TokenUsage } from '../../usage.js'
import { estimatePromptTokens, estimateTokens } from '../estimate-tokens.js'
import { forwardedBodyOf } from '../open-ai/forwarded-body.js'
import type { Upstream, UpstreamEvent, UpstreamRequest } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { embedText, scriptedDimensions } from './embed-text.js'
import { type ScriptedAnswer, scriptedAnswer, turnCount } from './scripted-answer.js'

/** Options of {@link scriptedUpstream}. */
export interface ScriptedUpstreamOptions {
  readonly id?: string
  /** Awaited before each piece, to make the stream as slow as a model. */
  readonly pause?: (signal: AbortSignal) => Promise<void>
}

/** What the scripted model calls itself in `modelAnswered`. */
export const scriptedModel = 'scripted-1'

/**
 * Creates the scripted model: fixed rules instead of a language model, for running without keys and for tests. It answers from nothing but the
 * request, the same way each time, streams word by word, and says `scripted` as its host and label.
 */
export function scriptedUpstream(options: ScriptedUpstreamOptions = {}): Upstream {
  return {
    id: options.id ?? 'scripted',
    host: 'scripted',
    label: 'scripted',
    async send(request, { signal }) {
      if (signal.aborted) throw new UpstreamError('ABORTED')
      const body = forwardedBodyOf(request, { maxTokensField: 'as-sent', extraFields: [] })
      const requestBytes = new TextEncoder().encode(JSON.stringify(body))
      const answer = scriptedAnswer(request.endpoint, request.body)
      return {
        requestBytes,
        modelAnswered: scriptedModel,
        events: play(request, { answer, signal, pause: options.pause }),
      }
    },
    async embed({ model, input, dimensions }, { signal }) {
      if (signal.aborted) throw new UpstreamError('ABORTED')
      return {
        requestBytes: new TextEncoder().encode(JSON.stringify({ model, input, dimensions })),
        modelAnswered: scriptedModel,
        embeddings: input.map((text) => embedText(text, { dimensions: dimensions ?? scriptedDimensions })),
        promptTokens: input.reduce((sum, text) => sum + estimateTokens(text), 0),
      }
    },
  }
}

async function* play(
  request: UpstreamRequest,
  options: {
    readonly answer: ScriptedAnswer
    readonly signal: AbortSignal
    readonly pause: ((signal: AbortSignal) => Promise<void>) | undefined
  },
): AsyncGenerator<UpstreamEvent, void, undefined> {
  const { answer, signal, pause } = options
  for (const event of eventsOf(request, answer)) {
    if (signal.aborted) throw new UpstreamError('ABORTED')
    if (pause) await paused(pause, signal)
    yield event
  }
}

async function paused(pause: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await pause(signal)
  } catch (error) {
    if (signal.aborted) throw new UpstreamError('ABORTED')
    throw error
  }
}

function* eventsOf(request: UpstreamRequest, answer: ScriptedAnswer): Generator<UpstreamEvent, void, undefined> {
  for (const text of wordPieces(answer.text)) yield { type: 'text-delta', text }
  const turn = turnCount(request.body)
  for (const [index, call] of answer.calls.entries()) {
    const [first = '', ...rest] = wordPieces(JSON.stringify(call.arguments))
    yield { type: 'tool-call-delta', index, id: `call_${turn}_${index}`, name: call.name, arguments: first }
    for (const piece of rest) yield { type: 'tool-call-delta', index, arguments: piece }
  }
  yield { type: 'finish', reason: answer.finishReason }
  yield { type: 'usage', usage: usageOf(request, answer) }
}

/** Words with the white space before them, so that joining them gives the text again; JSON is cut after its commas. */
function wordPieces(text: string): readonly string[] {
  return text.startsWith('{') ? (text.match(/[^,]*,|[^,]+$/g) ?? []) : (text.match(/\s*\S+(?:\s+$)?|\s+/g) ?? [])
}

function usageOf(request: UpstreamRequest, answer: ScriptedAnswer): TokenUsage {
  const called = answer.calls.map((call) => call.name + JSON.stringify(call.arguments)).join('')
  return {
    promptTokens: estimatePromptTokens(request.body),
    cachedPromptTokens: 0,
    completionTokens: estimateTokens(answer.text + called),
    reasoningTokens: 0,
  }
}

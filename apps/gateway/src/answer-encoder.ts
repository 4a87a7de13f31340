import {
  type ChunkEncoder,
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
  encodeSse,
  sseDone,
  type UpstreamEvent,
} from '@og/llm/upstream'
import type { JsonObject } from '@og/settlement'
import type { StoredAnswer } from './answer-vault.js'
import type { Endpoint } from './inference-request.js'

/** Turns a provider's events into what the client gets: as they come, and as a whole. */
export interface AnswerEncoder {
  /** Takes an event; returns the server-sent events that it gives rise to. */
  readonly push: (event: UpstreamEvent) => { readonly text: string; readonly events: number }
  /** The unstreamed body without usage: what the transcript is taken from. */
  readonly body: () => JsonObject
  /** Ends the answer with its usage; returns the last server-sent events, `[DONE]` included. `extra` stands beside the usage. */
  readonly end: (usage: JsonObject, extra: JsonObject) => string
  /** The whole answer as it is sent, and as a repeated request gets it again. Call it after {@link AnswerEncoder.end}. */
  readonly answer: (usage: JsonObject, extra: JsonObject) => StoredAnswer
  readonly isLength: () => boolean
}

/** Options of {@link createAnswerEncoder}. */
export interface AnswerEncoderOptions {
  readonly endpoint: Endpoint
  readonly id: string
  readonly created: number
  readonly model: string
  readonly stream: boolean
  readonly includeUsage: boolean
}

/** What stands as finish reason of an answer that broke off. */
const brokenOff = 'length'

/** Creates the encoder of one answer. */
export function createAnswerEncoder(options: AnswerEncoderOptions): AnswerEncoder {
  const isChat = options.endpoint === 'chat.completions'
  const assembler = isChat ? createChatAssembler(options) : createCompletionAssembler(options)
  const encoder: ChunkEncoder = isChat ? createChatChunkEncoder(options) : createCompletionChunkEncoder(options)
  const sent: string[] = []
  const utf8 = new TextEncoder()

  function keep(text: string): string {
    if (text !== '') sent.push(text)
    return text
  }

  return {
    push: (event) => {
      assembler.push(event)
      const chunks = options.stream ? encoder.push(event) : []
      return { text: keep(chunks.map(encodeSse).join('')), events: chunks.length }
    },
    body: () => assembler.body({ usage: null, finishReason: brokenOff }),
    end: (usage, extra) => {
      const chunks = encoder.end({ usage, finishReason: brokenOff })
      const whole = chunks.map((chunk) => encodeSse(chunk['usage'] == null ? chunk : { ...chunk, ...extra }))
      return keep(whole.join('') + sseDone)
    },
    answer: (usage, extra) =>
      options.stream
        ? { contentType: 'text/event-stream; charset=utf-8', bytes: utf8.encode(sent.join('')) }
        : {
            contentType: 'application/json',
            bytes: utf8.encode(JSON.stringify({ ...assembler.body({ usage, finishReason: brokenOff }), ...extra })),
          },
    isLength: () => (assembler.finishReason() ?? brokenOff) === 'length',
  }
}

import {
  type Assembler,
  type ChunkEncoder,
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
  createResponsesEncoder,
  type ErrorBody,
  encodeSse,
  type ResponsesRequest,
  sseDone,
  type UpstreamEvent,
} from '@og/llm/upstream'
import { encodeTranscript, type JsonObject, transcriptOf } from '@og/settlement'
import type { StoredAnswer } from './answer-vault.js'
import type { Endpoint } from './endpoint-body.js'

/** Events as they leave, and how many they are. */
interface EncodedEvents {
  readonly text: string
  readonly events: number
}

/** What a receipt is made of and an answer ends with, whatever made the answer. */
export interface FinishedAnswer {
  /** The unstreamed body without usage, in the shape of the chat or completions API. */
  readonly body: () => JsonObject
  /** The normative transcript that the receipt commits to. */
  readonly transcript: () => JsonObject
  /** Ends the answer with its usage; returns the last server-sent events. `extra` stands beside the usage. */
  readonly end: (usage: JsonObject, extra: JsonObject) => string
  /** The whole answer as it is sent, and as a repeated request gets it again. Call it after {@link FinishedAnswer.end}. */
  readonly answer: (usage: JsonObject, extra: JsonObject) => StoredAnswer
  readonly isLength: () => boolean
}

/** Turns a provider's events into what the client gets: as they come, and as a whole. */
export interface AnswerEncoder extends FinishedAnswer {
  /** Takes an event; returns the server-sent events that it gives rise to. */
  readonly push: (event: UpstreamEvent) => EncodedEvents
}

/** Options of {@link createAnswerEncoder}. */
export interface AnswerEncoderOptions {
  readonly endpoint: Exclude<Endpoint, 'embeddings'>
  readonly id: string
  readonly created: number
  readonly model: string
  readonly stream: boolean
  readonly includeUsage: boolean
  /** The request of the Responses API, where it is one. */
  readonly responses: ResponsesRequest | undefined
}

/** What stands as finish reason of an answer that broke off. */
const brokenOff = 'length'
const utf8 = new TextEncoder()

/** Creates the encoder of one answer. */
export function createAnswerEncoder(options: AnswerEncoderOptions): AnswerEncoder {
  const { endpoint, stream } = options
  // A response of the Responses API is the same answer in other words: its transcript is the one of the chat behind it.
  const assembler = endpoint === 'completions' ? createCompletionAssembler(options) : createChatAssembler(options)
  const writer =
    options.responses === undefined ? chunkWriter(options, assembler) : responsesWriter(options, options.responses)
  const sent: string[] = []

  function keep(encoded: EncodedEvents): EncodedEvents {
    if (encoded.text !== '') sent.push(encoded.text)
    return encoded
  }

  const body = (): JsonObject => assembler.body({ usage: null, finishReason: brokenOff })
  return {
    push: (event) => {
      assembler.push(event)
      return keep(writer.push(event))
    },
    body,
    transcript: () =>
      encodeTranscript(transcriptOf(endpoint === 'completions' ? 'completions' : 'chat.completions', body())),
    end: (usage, extra) => keep(writer.end(usage, extra)).text,
    answer: (usage, extra) =>
      stream
        ? { contentType: 'text/event-stream; charset=utf-8', bytes: utf8.encode(sent.join('')) }
        : {
            contentType: 'application/json',
            bytes: utf8.encode(JSON.stringify({ ...writer.body(usage), ...extra })),
          },
    isLength: () => (assembler.finishReason() ?? brokenOff) === 'length',
  }
}

/** How the events of one endpoint are written. */
interface AnswerWriter {
  readonly push: (event: UpstreamEvent) => EncodedEvents
  readonly end: (usage: JsonObject, extra: JsonObject) => EncodedEvents
  readonly body: (usage: JsonObject) => JsonObject
}

const nothing: EncodedEvents = { text: '', events: 0 }

function chunkWriter(options: AnswerEncoderOptions, assembler: Assembler): AnswerWriter {
  const encoder: ChunkEncoder =
    options.endpoint === 'completions' ? createCompletionChunkEncoder(options) : createChatChunkEncoder(options)
  return {
    push: (event) => {
      if (!options.stream) return nothing
      const chunks = encoder.push(event)
      const [only] = chunks
      const text = chunks.length === 1 && only !== undefined ? encodeSse(only) : chunks.map(encodeSse).join('')
      return { text, events: chunks.length }
    },
    end: (usage, extra) => {
      const chunks = encoder.end({ usage, finishReason: brokenOff })
      const whole = chunks.map((chunk) => encodeSse(chunk['usage'] == null ? chunk : { ...chunk, ...extra }))
      return { text: whole.join('') + sseDone, events: chunks.length + 1 }
    },
    body: (usage) => assembler.body({ usage, finishReason: brokenOff }),
  }
}

function responsesWriter(options: AnswerEncoderOptions, request: ResponsesRequest): AnswerWriter {
  const { includeReasoning, echo } = request
  const encoder = createResponsesEncoder({
    id: options.id,
    createdAt: options.created,
    request: { includeReasoning, echo: { ...echo, model: options.model } },
  })
  const counted = (text: string): EncodedEvents => ({ text, events: text.split('\n\n').length - 1 })
  let opening = encoder.start()
  return {
    push: (event) => {
      // The encoder collects the body as well: it sees every event, also of an answer that is not streamed.
      const text = opening + encoder.push(event)
      opening = ''
      return options.stream ? counted(text) : nothing
    },
    end: (usage) => (options.stream ? counted(encoder.end({ usage, finishReason: brokenOff })) : nothing),
    body: (usage) => encoder.body({ usage, finishReason: brokenOff }),
  }
}

/** The event that ends a stream with a failure, in the words of its endpoint. */
export function encodeStreamFailure(endpoint: Endpoint, error: ErrorBody): string {
  if (endpoint !== 'responses') return encodeSse(error)
  const { message, param, code } = error.error
  return `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param, sequence_number: 0 })}\n\n`
}

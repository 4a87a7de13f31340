import {
  type Assembler,
  createChatAssembler,
  createCompletionAssembler,
  createResponsesEncoder,
  createSseWriter,
  type ErrorBody,
  encodeSse,
  type ResponsesRequest,
  type UpstreamEvent,
} from '@og/llm/upstream'
import { encodeTranscript, type JsonObject, transcriptOf } from '@og/settlement'
import type { StoredAnswer } from './answer-vault.js'
import type { Endpoint } from './endpoint-body.js'

/** What a receipt is made of and an answer ends with, whatever made the answer. */
export interface FinishedAnswer {
  /** The unstreamed body without usage, in the shape of the chat or completions API. */
  readonly body: () => JsonObject
  /** The normative transcript that the receipt commits to. */
  readonly transcript: () => JsonObject
  /** Ends the answer with its usage; returns the last server-sent events. `extra` stands beside the usage. */
  readonly end: (usage: JsonObject, extra: JsonObject) => Uint8Array
  /** The whole answer as it is sent, and as a repeated request gets it again. Call it after {@link FinishedAnswer.end}. */
  readonly answer: (usage: JsonObject, extra: JsonObject) => StoredAnswer
  readonly isLength: () => boolean
}

/** Turns a provider's events into what the client gets: as they come, and as a whole. */
export interface AnswerEncoder extends FinishedAnswer {
  /** Takes an event; returns how many server-sent events it gives rise to. */
  readonly push: (event: UpstreamEvent) => number
  /** The server-sent events since the last time. */
  readonly take: () => Uint8Array
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
  const sent: Uint8Array[] = []

  function take(): Uint8Array {
    const bytes = writer.take()
    if (bytes.length > 0) sent.push(bytes)
    return bytes
  }

  const body = (): JsonObject => assembler.body({ usage: null, finishReason: brokenOff })
  return {
    push: (event) => {
      assembler.push(event)
      return writer.push(event)
    },
    take,
    body,
    transcript: () =>
      encodeTranscript(transcriptOf(endpoint === 'completions' ? 'completions' : 'chat.completions', body())),
    end: (usage, extra) => {
      writer.end(usage, extra)
      return take()
    },
    answer: (usage, extra) =>
      stream
        ? { contentType: 'text/event-stream; charset=utf-8', bytes: Buffer.concat(sent) }
        : {
            contentType: 'application/json',
            bytes: Buffer.from(JSON.stringify({ ...writer.body(usage), ...extra })),
          },
    isLength: () => (assembler.finishReason() ?? brokenOff) === 'length',
  }
}

/** How the events of one endpoint are written. */
interface AnswerWriter {
  /** Returns how many server-sent events the event gave rise to. */
  readonly push: (event: UpstreamEvent) => number
  readonly end: (usage: JsonObject, extra: JsonObject) => void
  /** What was written since the last time. */
  readonly take: () => Uint8Array
  readonly body: (usage: JsonObject) => JsonObject
}

const nothing = new Uint8Array()

function chunkWriter(options: AnswerEncoderOptions, assembler: Assembler): AnswerWriter {
  const body = (usage: JsonObject): JsonObject => assembler.body({ usage, finishReason: brokenOff })
  if (!options.stream) return { push: () => 0, end: () => undefined, take: () => nothing, body }
  const { id, created, model, includeUsage } = options
  const endpoint = options.endpoint === 'completions' ? 'completions' : 'chat.completions'
  const writer = createSseWriter({ endpoint, id, created, model, includeUsage })
  return {
    push: writer.push,
    end: (usage, extra) => writer.end({ usage, finishReason: brokenOff, extra }),
    take: writer.take,
    body,
  }
}

function responsesWriter(options: AnswerEncoderOptions, request: ResponsesRequest): AnswerWriter {
  const { includeReasoning, echo } = request
  const encoder = createResponsesEncoder({
    id: options.id,
    createdAt: options.created,
    request: { includeReasoning, echo: { ...echo, model: options.model } },
  })
  let waiting = encoder.start()
  return {
    push: (event) => {
      // The encoder collects the body as well: it sees every event, also of an answer that is not streamed.
      const text = encoder.push(event)
      if (!options.stream) return 0
      waiting += text
      return text.split('\n\n').length - 1
    },
    end: (usage) => {
      if (options.stream) waiting += encoder.end({ usage, finishReason: brokenOff })
    },
    take: () => {
      if (!options.stream) return nothing
      const bytes = utf8.encode(waiting)
      waiting = ''
      return bytes
    },
    body: (usage) => encoder.body({ usage, finishReason: brokenOff }),
  }
}

/** The event that ends a stream with a failure, in the words of its endpoint. */
export function encodeStreamFailure(endpoint: Endpoint, error: ErrorBody): string {
  if (endpoint !== 'responses') return encodeSse(error)
  const { message, param, code } = error.error
  return `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param, sequence_number: 0 })}\n\n`
}

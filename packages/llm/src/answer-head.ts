import { type JsonObject, objectAt, stringAt } from './json.js'
import { requestIdOf } from './response-error.js'

/** What every answer of a model carries beside its content. */
export interface AnswerHead {
  /** The server's `usage` object as it stands, unknown members included; `null` when it sent none. */
  readonly usage: JsonObject | null
  /** The model that the server names. */
  readonly model: string
  readonly id: string
  /** The request body that was sent. */
  readonly request: JsonObject
  /** The unstreamed response body; rebuilt from the chunks when the answer was streamed. */
  readonly body: JsonObject
  readonly headers: Headers
  /** HTTP status. */
  readonly status: number
  readonly requestId: string | undefined
}

/** Where an answer came from. */
export type AnswerSource = Pick<AnswerHead, 'request' | 'headers' | 'status'>

/** Reads what every body has. */
export function answerHeadOf(body: JsonObject, { request, headers, status }: AnswerSource): AnswerHead {
  return {
    usage: objectAt(body, 'usage') ?? null,
    model: stringAt(body, 'model') ?? '',
    id: stringAt(body, 'id') ?? '',
    request,
    body,
    headers,
    status,
    requestId: requestIdOf(headers),
  }
}

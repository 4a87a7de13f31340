import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { bytesOf, type Hex, hexOf, type JsonObject } from '@og/settlement'

/** Writes an answer to a socket. */
export function write(answer: Response, response: ServerResponse): void {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body === null) response.end()
  else
    Readable.fromWeb(answer.body as NodeReadableStream<Uint8Array>)
      .on('error', () => response.destroy())
      .pipe(response)
}

/** Header fields of a request. */
export function headersOf(request: IncomingMessage): Headers {
  return new Headers(Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]))
}

/** A refusal in OpenAI's shape. */
export function errorOf(status: number, code: string): Response {
  return Response.json({ error: { message: code, type: 'invalid_request_error', param: null, code } }, { status })
}

/** 32 bytes of a query. */
export function hexParam(params: URLSearchParams, name: string): Hex {
  const value = params.get(name) ?? ''
  return hexOf(bytesOf(`0x${value.slice(2)}`, 32))
}

/** True for a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

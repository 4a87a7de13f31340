import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Answer } from '../server/answer.js'
import type { NodeResponse } from './node-messages.js'

const BEYOND_ASCII = /[\u0080-\uffff]/

async function untilDrained(outgoing: NodeResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      outgoing.off('drain', go)
      outgoing.off('close', go)
      resolve()
    }
    outgoing.once('drain', go)
    outgoing.once('close', go)
  })
}

async function sendStream(body: ReadableStream<Uint8Array>, outgoing: NodeResponse): Promise<void> {
  const reader = body.getReader()
  const onClose = (): void => void reader.cancel().catch(() => undefined)
  outgoing.once('close', onClose)
  for (;;) {
    const { done, value } = await reader.read()
    if (done || outgoing.destroyed) break
    if (!outgoing.write(value)) await untilDrained(outgoing)
  }
  outgoing.off('close', onClose)
  outgoing.end()
}

/** Sends an answer; a stream as it comes, anything else in one piece. @throws whatever reading the stream throws */
export async function sendAnswer(answer: Answer, outgoing: NodeResponse): Promise<void> {
  const { status, body, onSent } = answer
  const headers: Record<string, string | string[]> = {}
  for (const name of Object.keys(answer.headers)) {
    const value = answer.headers[name]
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : [...value]
  }
  try {
    if (body instanceof ReadableStream) {
      outgoing.writeHead(status, headers)
      await sendStream(body, outgoing)
      return
    }
    // A text of ASCII goes out with the head in one piece.
    const whole = typeof body === 'string' && BEYOND_ASCII.test(body) ? utf8ToBytes(body) : body
    const isBodiless = status === 204 || status === 304
    if (!isBodiless) headers['content-length'] ??= String(whole?.length ?? 0)
    outgoing.writeHead(status, headers)
    if (whole === null || isBodiless) outgoing.end()
    else outgoing.end(whole)
  } finally {
    onSent?.()
  }
}

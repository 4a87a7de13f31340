import type { JsonObject } from '../json.js'
import {
  type ChunkEncoder,
  type ChunkEncoderOptions,
  createChatChunkEncoder,
  createCompletionChunkEncoder,
} from './chat-encoder.js'
import { encodeSse, sseDone, sseHeartbeat } from './encode-sse.js'
import { createSseBytes } from './sse-bytes.js'
import type { UpstreamEndpoint, UpstreamEvent } from './upstream.js'

/** Options of {@link createSseWriter}. */
export interface SseWriterOptions extends ChunkEncoderOptions {
  readonly endpoint: UpstreamEndpoint
}

/**
 * Writes a streamed answer as bytes. What comes out is the same as from the chunk encoders and `encodeSse`, without an object or a string per
 * token: push what has come, then take what is to be sent.
 */
export interface SseWriter {
  /** Returns how many chunks the event gave rise to. */
  push(event: UpstreamEvent): number
  /** Writes a comment that keeps the connection alive. */
  heartbeat(): void
  /** Writes the closing chunks, `extra` beside the usage, and `[DONE]`. @throws UpstreamError `UPSTREAM_TRUNCATED` when there is no finish reason. */
  end(options: Parameters<ChunkEncoder['end']>[0] & { readonly extra?: JsonObject }): void
  /** The bytes since the last time; they stay as they are. */
  take(): Uint8Array
}

/** The bytes around the only string that differs from chunk to chunk. */
interface Frame {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

const mark = '\u0000mark\u0000'
const utf8 = new TextEncoder()

/** Creates the writer of one answer. */
export function createSseWriter(options: SseWriterOptions): SseWriter {
  const isChat = options.endpoint === 'chat.completions'
  const encoder: ChunkEncoder = isChat ? createChatChunkEncoder(options) : createCompletionChunkEncoder(options)
  const bytes = createSseBytes()
  let textFrame: Frame | undefined
  let reasoningFrame: Frame | undefined
  const callFrames: (Frame | undefined)[] = []
  let hasBegun = false

  /** The encoder writes the frame, so that it cannot differ from what the encoder writes. */
  function frameOf(event: UpstreamEvent): Frame {
    const text = encoder.push(event).map(encodeSse).join('')
    const marked = JSON.stringify(mark)
    const at = text.lastIndexOf(marked)
    return { before: utf8.encode(text.slice(0, at)), after: utf8.encode(text.slice(at + marked.length)) }
  }

  function writeFramed(frame: Frame, text: string): number {
    bytes.raw(frame.before)
    bytes.json(text)
    bytes.raw(frame.after)
    return 1
  }

  return {
    push(event) {
      // The first chunk names the role; frames are made of those after it.
      if (hasBegun) {
        if (event.type === 'text-delta') {
          textFrame ??= frameOf({ type: 'text-delta', text: mark })
          return writeFramed(textFrame, event.text)
        }
        if (isChat && event.type === 'reasoning-delta') {
          reasoningFrame ??= frameOf({ type: 'reasoning-delta', text: mark })
          return writeFramed(reasoningFrame, event.text)
        }
        if (isChat && event.type === 'tool-call-delta' && event.id === undefined && event.arguments !== '') {
          const { index } = event
          const frame = callFrames[index] ?? frameOf({ type: 'tool-call-delta', index, arguments: mark })
          callFrames[index] = frame
          return writeFramed(frame, event.arguments)
        }
      }
      const chunks = encoder.push(event)
      for (const chunk of chunks) bytes.text(encodeSse(chunk))
      hasBegun ||= chunks.length > 0
      return chunks.length
    },
    heartbeat: () => bytes.text(sseHeartbeat),
    end({ extra, ...end }) {
      for (const chunk of encoder.end(end))
        bytes.text(encodeSse(chunk['usage'] == null ? chunk : { ...chunk, ...extra }))
      bytes.text(sseDone)
    },
    take: bytes.take,
  }
}

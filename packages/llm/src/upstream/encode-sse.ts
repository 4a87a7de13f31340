import type { JsonObject } from '../json.js'

/** The end mark of a stream. */
export const sseDone = 'data: [DONE]\n\n'

/** A comment that keeps proxies from closing a silent stream; every client ignores it. */
export const sseHeartbeat = ': ping\n\n'

/** Writes one event. JSON has no raw line breaks, so one `data:` line is enough; no `event:` line, which clients stumble over. */
export function encodeSse(json: JsonObject): string {
  return `data: ${JSON.stringify(json)}\n\n`
}

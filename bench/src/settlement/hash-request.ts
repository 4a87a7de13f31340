import { canonicalize, hashRequest, type JsonObject } from '@og/settlement'
import { createFastKeccak, portableKeccak } from '@og/settlement/fast-keccak'
import { medianOf } from '../statistics.js'

const counts = { warmUp: 300, calls: 200, passes: 9 } as const

/** A chat request of about 10 kB: a conversation with text that needs escapes, and a tool. */
function requestOf(): JsonObject {
  const sentence = 'The quick brown fox – “jumps” over the lazy dog.\n\tReply in JSON: {"ok": true}. '
  const messages = Array.from({ length: 12 }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: sentence.repeat(8) + i,
  }))
  const parameters = { type: 'object', properties: { city: { type: 'string' }, unit: { enum: ['c', 'f'] } } }
  const tools = [{ type: 'function', function: { name: 'weather', description: sentence, parameters } }]
  return { model: 'openai/gpt-4.1', messages, tools, temperature: 0.7, max_tokens: 512, stream: true }
}

/** How long it takes to hash a request body, microseconds of CPU time per call. */
export interface HashRequestReport {
  readonly bytes: number
  readonly fastUs: number | null
  readonly portableUs: number | null
}

/** Canonicalises and hashes one request again and again; the median of several passes. */
export async function measureHashRequest(): Promise<HashRequestReport> {
  const body = requestOf()
  const keccak = await createFastKeccak()
  const expected = hashRequest(body)
  const microseconds = (options: { readonly keccak?: typeof keccak }): number => {
    const started = process.cpuUsage()
    for (let i = 0; i < counts.calls; i++) {
      if (hashRequest(body, options) !== expected) throw new Error('settlement: hashes differ')
    }
    const { user, system } = process.cpuUsage(started)
    return (user + system) / counts.calls
  }
  for (let i = 0; i < counts.warmUp; i++) hashRequest(body, { keccak })
  const fast = Array.from({ length: counts.passes }, () => microseconds({ keccak }))
  const portable = Array.from({ length: counts.passes }, () => microseconds({ keccak: portableKeccak }))
  return {
    bytes: new TextEncoder().encode(canonicalize(body)).length,
    fastUs: medianOf(fast),
    portableUs: medianOf(portable),
  }
}

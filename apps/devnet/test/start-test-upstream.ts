import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that reached the provider. */
interface UpstreamCall {
  /** The very bytes of its body. */
  readonly bytes: Uint8Array
  readonly body: Readonly<Record<string, unknown>>
  /** True once the node has hung up before the answer was complete. */
  readonly wasCut: () => boolean
}

/** How the provider answers one request. */
export type UpstreamBehaviour = (response: ServerResponse, call: UpstreamCall) => Promise<void> | void

/** A provider with an OpenAI-compatible API on this machine, which does as it is told. */
export interface TestUpstream {
  /** Its API, version included. */
  readonly baseUrl: string
  readonly calls: UpstreamCall[]
  /** How it answers from now on. */
  behave: (behaviour: UpstreamBehaviour) => void
  readonly close: () => Promise<void>
}

/** Starts the provider; until told otherwise it answers {@link words} of three words. */
export async function startTestUpstream(): Promise<TestUpstream> {
  const calls: UpstreamCall[] = []
  let behaviour: UpstreamBehaviour = words(['one ', 'two ', 'three'])
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const bytes = new Uint8Array(Buffer.concat(parts))
      let cut = false
      response.on('close', () => {
        cut = !response.writableFinished
      })
      const call = { bytes, body: JSON.parse(Buffer.from(bytes).toString('utf8')), wasCut: () => cut }
      calls.push(call)
      void Promise.resolve(behaviour(response, call)).catch(() => response.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    behave: (next) => {
      behaviour = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Usage as a provider reports it. */
export const reportedUsage = {
  prompt_tokens: 11,
  completion_tokens: 7,
  total_tokens: 18,
  prompt_tokens_details: { cached_tokens: 3 },
} as const

/** An answer of some words, one chunk each, with usage; `pauseMs` between the words. */
export function words(
  list: readonly string[],
  options: {
    readonly pauseMs?: number
    readonly usage?: object | null
    /** Breaks the connection after so many words. */
    readonly cutAfter?: number
    /** Stops for ever after so many words. */
    readonly hangAfter?: number
  } = {},
): UpstreamBehaviour {
  return async (response, call) => {
    const chunk = (fields: object): void => {
      const common = { id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1, model: call.body['model'] }
      response.write(`data: ${JSON.stringify({ ...common, ...fields })}\n\n`)
    }
    const delta = (content: object, reason: string | null = null): object => ({
      choices: [{ index: 0, delta: content, finish_reason: reason }],
    })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    chunk(delta({ role: 'assistant', content: '' }))
    for (const [index, word] of list.entries()) {
      if (index === options.hangAfter || call.wasCut()) return
      if (index === options.cutAfter) {
        // What was written must leave first.
        await new Promise((resolve) => setTimeout(resolve, 50))
        response.destroy()
        return
      }
      chunk(delta({ content: word }))
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? 0))
    }
    chunk(delta({}, 'stop'))
    const usage = options.usage === undefined ? reportedUsage : options.usage
    if (usage !== null) chunk({ choices: [], usage })
    response.end('data: [DONE]\n\n')
  }
}

/** {@link words} that wait until they are released. */
export function heldWords(list: readonly string[]): {
  readonly behaviour: UpstreamBehaviour
  readonly release: () => void
} {
  const gate = new AbortController()
  const released = new Promise<void>((resolve) => gate.signal.addEventListener('abort', () => resolve()))
  const behaviour: UpstreamBehaviour = async (response, call) => {
    await released
    await words(list)(response, call)
  }
  return { behaviour, release: () => gate.abort() }
}

/** A refusal, with whatever a provider puts into it. */
export function refuseWith(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): UpstreamBehaviour {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }
}

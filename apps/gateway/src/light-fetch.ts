import type { Dispatcher } from 'undici'

/** As much of a response as a reader of provider answers needs. A class: a literal with a getter makes a hidden class for each answer. */
class LightResponse {
  readonly type = 'default'
  readonly status: number
  readonly ok: boolean
  readonly body: { readonly getReader: () => LightReader; readonly cancel: () => Promise<void> }
  readonly #fields: ResponseFields

  constructor(head: { readonly status: number; readonly fields: ResponseFields; readonly reader: LightReader }) {
    this.status = head.status
    this.ok = head.status >= 200 && head.status < 300
    this.body = { getReader: () => head.reader, cancel: () => head.reader.cancel() }
    this.#fields = head.fields
  }

  get headers(): Headers {
    return headersOf(this.#fields)
  }
}

type ResponseFields = Parameters<typeof headersOf>[0]

interface LightReader {
  readonly read: () => Promise<{ readonly done: boolean; readonly value: Uint8Array | undefined }>
  readonly cancel: () => Promise<void>
  /** Does nothing: there is one reader. */
  readonly releaseLock: () => void
}

/** Bytes that wait for their reader before the provider is told to pause. */
const highWaterBytes = 262_144

/**
 * A `fetch` without web streams: chunks go from the connection to the reader as they come, which costs a fraction of what the platform's
 * `fetch` does. It follows no redirect (under `redirect: 'error'` one is a failure) and decodes nothing; what it gives has status, header
 * fields, and a body with one reader.
 */
export function createLightFetch(dispatcher: Dispatcher): typeof globalThis.fetch {
  // Few places are asked again and again, with the same fields.
  let place = { input: '', origin: '', path: '' }
  const fieldsOf = createFieldsReader()
  const fetch = (input: string, init: RequestInit = {}): Promise<LightResponse> =>
    new Promise((resolve, reject) => {
      const { signal } = init
      if (signal?.aborted === true) {
        reject(signal.reason)
        return
      }
      if (place.input !== input) {
        const { origin, pathname, search } = new URL(input)
        place = { input, origin, path: pathname + search }
      }
      const { origin, path } = place
      const body = createBody()
      let controller: Dispatcher.DispatchController | undefined
      const onAbort = (): void => {
        body.fail(signal?.reason)
        reject(signal?.reason)
        controller?.abort(asError(signal?.reason))
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const leave = (): void => signal?.removeEventListener('abort', onAbort)
      dispatcher.dispatch(
        {
          origin,
          path,
          method: (init.method ?? 'GET') as Dispatcher.HttpMethod,
          headers: fieldsOf(init.headers),
          body: (init.body ?? null) as Uint8Array | null,
        },
        {
          onRequestStart: (started) => {
            controller = started
            body.attach(started)
            if (signal?.aborted === true) started.abort(asError(signal.reason))
          },
          onResponseStart: (_, status, headers) => {
            // An informational answer is not yet the answer.
            if (status < 200) return
            if (init.redirect === 'error' && status >= 300 && status < 400) {
              const refused = new Error('a redirect, which is not followed')
              body.fail(refused)
              reject(refused)
              controller?.abort(refused)
              return
            }
            resolve(new LightResponse({ status, fields: headers, reader: body.reader }))
          },
          onResponseData: (_, chunk) => body.push(chunk),
          onResponseEnd: () => {
            leave()
            body.end()
          },
          onResponseError: (_, error) => {
            leave()
            body.fail(error)
            reject(error)
          },
        },
      )
    })
  // The callers of a provider's fetch use what LightResponse has, and nothing else of a Response.
  return fetch as unknown as typeof globalThis.fetch
}

/** Reads header fields; those of a `Headers` that comes again, and is never changed, once. */
function createFieldsReader(): (init: RequestInit['headers']) => Record<string, string> {
  const known = new WeakMap<Headers, Record<string, string>>()
  return (init) => {
    if (init === undefined) return {}
    if (Array.isArray(init)) return Object.fromEntries(new Headers(init))
    // The connection refuses what is no field, as the platform's class would.
    if (!(init instanceof Headers)) return init as Record<string, string>
    const fields = known.get(init) ?? Object.fromEntries(init)
    known.set(init, fields)
    return fields
  }
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted')
}

/** Chunks between a connection and its one reader. */
function createBody() {
  let chunks: Uint8Array[] = []
  let waitingBytes = 0
  let paused = false
  let over = false
  let failure: { readonly reason: unknown } | undefined
  let controller: Dispatcher.DispatchController | undefined
  let wake: (() => void) | undefined

  function notify(): void {
    wake?.()
    wake = undefined
  }

  const reader: LightReader = {
    read: async () => {
      while (chunks.length === 0 && !over && failure === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (failure !== undefined) throw failure.reason
      const value = chunks.length > 1 ? Buffer.concat(chunks) : chunks[0]
      chunks = []
      waitingBytes = 0
      if (paused) {
        paused = false
        controller?.resume()
      }
      return { done: value === undefined, value }
    },
    cancel: async () => {
      if (over) return
      over = true
      chunks = []
      controller?.abort(new Error('no longer read'))
      notify()
    },
    releaseLock: () => undefined,
  }

  return {
    reader,
    attach: (started: Dispatcher.DispatchController) => {
      controller = started
      if (over) started.abort(new Error('no longer read'))
    },
    push: (chunk: Uint8Array) => {
      if (over) return
      chunks.push(chunk)
      waitingBytes += chunk.length
      if (waitingBytes > highWaterBytes && !paused) {
        paused = true
        controller?.pause()
      }
      notify()
    },
    end: () => {
      over = true
      notify()
    },
    fail: (reason: unknown) => {
      // What has come whole stays whole.
      if (!over) failure ??= { reason }
      notify()
    },
  }
}

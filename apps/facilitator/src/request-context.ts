import { AsyncLocalStorage } from 'node:async_hooks'
import type { JsonObject } from '@og/x402'

/** What the parts of one request learn of it, for its log line and its answer. */
export interface RequestContext {
  /** Who asks: the name of an API key, or the address of the connection. */
  readonly caller: string
  /** The payees that the caller may ask for, in lower case; all when absent. */
  readonly payees?: readonly string[] | undefined
  /** Fields of the log line. Payments, signatures and keys never go in here. */
  readonly fields: Record<string, string | number | boolean>
  /** Content of the `EXTENSION-RESPONSES` header, by extension. */
  readonly extensionResponses: Record<string, JsonObject>
}

const contexts = new AsyncLocalStorage<RequestContext>()

/** Runs work as a part of a request. */
export function inRequest<T>(context: RequestContext, work: () => T): T {
  return contexts.run(context, work)
}

/** The request that this work is a part of, if any. */
export function currentRequest(): RequestContext | undefined {
  return contexts.getStore()
}

/** Requests of one connection that may wait behind another. Clients send the next one when they have read an answer; hardly any sends ahead. */
const maxWaiting = 4

/** The part of Node's `IncomingMessage` that is used. */
interface WaitingRequest {
  readonly socket: { readonly destroyed: boolean; destroy(): unknown }
}

/** The part of Node's `ServerResponse` that is used. */
interface WaitingResponse {
  readonly socket: object | null
  once(event: 'close', listener: () => void): unknown
}

/**
 * Creates the limit of what one connection may ask ahead, for servers whose free answers are long. Node reads all of it and keeps the answers
 * until they are read, so that a few kilobytes of requests would hold hundreds of megabytes.
 * @returns what a server asks of every request first: `true` for one to be left alone, whose connection was hung up on
 */
export function createPipelineLimit(): (request: WaitingRequest, response: WaitingResponse) => boolean {
  const waiting = new WeakMap<object, number>()
  return ({ socket }, response) => {
    // A response gets its connection when those before it have been sent.
    if (response.socket !== null) return false
    const count = (waiting.get(socket) ?? 0) + 1
    if (count > maxWaiting || socket.destroyed) {
      socket.destroy()
      return true
    }
    waiting.set(socket, count)
    response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
    return false
  }
}

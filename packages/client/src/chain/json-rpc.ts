import { ClientError } from '../client-error.js'
import { type Fetch, MAX_RPC_BYTES, RPC_TIMEOUT_MS } from '../defaults.js'
import { isJsonObject, type JsonValue, readBytes } from '../read-json.js'

/** A chain's JSON-RPC. */
export interface JsonRpc {
  readonly url: string
  /**
   * Asks the chain's node.
   * @throws ClientError `CHAIN_UNAVAILABLE` when it gives no answer, `CHAIN_REFUSED` when it answers with an error.
   */
  request(method: string, params: readonly JsonValue[]): Promise<JsonValue>
  /** The chain's id, asked for once. */
  chainId(): Promise<bigint>
}

/** Creates the JSON-RPC of a chain. An answer that does not come is asked for once more; nothing that is sent here happens twice by that. */
export function createJsonRpc(options: { readonly url: string; readonly fetch: Fetch }): JsonRpc {
  const { url, fetch } = options
  let ids = 0
  let known: Promise<bigint> | undefined

  async function send(method: string, params: readonly JsonValue[]): Promise<JsonValue> {
    ids += 1
    let bytes: Uint8Array
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ids, method, params }),
        redirect: 'error',
        signal: AbortSignal.timeout(RPC_TIMEOUT_MS),
      })
      bytes = await readBytes(response.body, MAX_RPC_BYTES)
    } catch (cause) {
      throw new ClientError('CHAIN_UNAVAILABLE', `the chain gave no answer to ${method}`, { cause })
    }
    return resultOf(bytes, method)
  }

  async function request(method: string, params: readonly JsonValue[]): Promise<JsonValue> {
    try {
      return await send(method, params)
    } catch (error) {
      if (error instanceof ClientError && error.code === 'CHAIN_REFUSED') throw error
      return send(method, params)
    }
  }

  return {
    url,
    request,
    async chainId() {
      known ??= request('eth_chainId', []).then(quantityOf)
      try {
        return await known
      } catch (error) {
        known = undefined
        throw error
      }
    },
  }
}

function resultOf(bytes: Uint8Array, method: string): JsonValue {
  let answer: unknown
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new ClientError('CHAIN_UNAVAILABLE', `the chain's answer to ${method} is not JSON`, { cause })
  }
  if (!isJsonObject(answer))
    throw new ClientError('CHAIN_UNAVAILABLE', `the chain's answer to ${method} is not an object`)
  const { error, result } = answer
  if (isJsonObject(error)) {
    const message = typeof error['message'] === 'string' ? error['message'].slice(0, 200) : 'no reason'
    throw new ClientError('CHAIN_REFUSED', `the chain refused ${method}: ${message}`, { reason: message })
  }
  if (result === undefined) throw new ClientError('CHAIN_UNAVAILABLE', `the chain's answer to ${method} has no result`)
  return result
}

/** Reads a JSON-RPC quantity. @throws ClientError `CHAIN_UNAVAILABLE` */
export function quantityOf(value: JsonValue | undefined): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(value)) {
    throw new ClientError('CHAIN_UNAVAILABLE', 'the chain answered with something that is no number')
  }
  return BigInt(value)
}

import { sealFetch } from '../src/channel/index.js'

/** What runs inside the page: one sealed call whose answer is read piece by piece. */
async function callSealed(input: {
  readonly url: string
  readonly publicKey: readonly number[]
  readonly body: string
}): Promise<{ readonly status: number; readonly type: string | null; readonly pieces: readonly string[] }> {
  const sealed = sealFetch({ key: { publicKey: Uint8Array.from(input.publicKey) } })
  const response = await sealed(input.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'payment-signature': 'a payment' },
    body: input.body,
  })
  const pieces: string[] = []
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    pieces.push(decoder.decode(part.value, { stream: true }))
  }
  return { status: response.status, type: response.headers.get('content-type'), pieces }
}

Object.assign(globalThis, { callSealed })

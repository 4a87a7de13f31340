import { sealFetch } from '../src/channel/index.js'

/** What runs inside the page: one sealed call whose answer is read piece by piece. */
async function callSealed(input: {
  readonly url: string
  readonly publicKey: readonly number[]
  readonly body: string
  readonly paymentHeaders: 'outside' | 'inside'
}): Promise<{
  readonly status: number
  readonly type: string | null
  readonly settled: string | null
  readonly pieces: readonly string[]
}> {
  const { paymentHeaders } = input
  const sealed = sealFetch({ key: { publicKey: Uint8Array.from(input.publicKey) }, paymentHeaders })
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
  const { status, headers } = response
  return { status, type: headers.get('content-type'), settled: headers.get('payment-response'), pieces }
}

Object.assign(globalThis, { callSealed })

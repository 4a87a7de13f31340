import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { createPublicClient } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createChainTransport } from './chain-transport.js'
import { createLightFetch } from './light-fetch.js'

let server: Server
let url: string
let behave: (response: ServerResponse, body: string) => void
let cut = false
const agent = new Agent()
const fetch = createLightFetch(agent)
beforeAll(async () => {
  server = createServer((request, response) => {
    response.on('close', () => {
      cut = !response.writableFinished
    })
    let body = ''
    request.on('data', (part: Buffer) => {
      body += part.toString()
    })
    request.on('end', () => behave(response, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/x?y=1`
})
afterAll(async () => {
  await agent.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  cut = false
})

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  let text = ''
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) {
    text += Buffer.from(piece.value).toString()
  }
  return text
}

describe('the light fetch', () => {
  test('sends what it is given, and gives status, header fields and all of the body', async () => {
    behave = (response, body) =>
      response.writeHead(201, { 'x-a': 'b', 'content-type': 'text/plain' }).end(`got ${body}`)
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'a/b' },
      body: Buffer.from('hello'),
    })
    expect([response.status, response.ok, response.headers.get('X-A')]).toEqual([201, true, 'b'])
    expect(await textOf(response)).toBe('got hello')
  })

  test('a redirect is an answer like any other', async () => {
    behave = (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    const response = await fetch(url)
    expect([response.status, response.ok, await textOf(response)]).toEqual([302, false, ''])
  })

  test('a slow reader stops the provider; read on, nothing is lost', async () => {
    let written = 0
    const total = 64 * 1_048_576
    behave = (response) => {
      const piece = Buffer.alloc(65_536, 'x')
      const pump = (): void => {
        while (written < total) {
          written += piece.length
          if (!response.write(piece)) {
            response.once('drain', pump)
            return
          }
        }
        response.end()
      }
      pump()
    }
    const response = await fetch(url)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(written).toBeLessThan(total / 2)
    expect((await textOf(response)).length).toBe(total)
  })

  test('an abort ends a read that waits, with its reason, and the connection', async () => {
    behave = (response) => void response.writeHead(200).write('first')
    const stop = new AbortController()
    const response = await fetch(url, { signal: stop.signal })
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    const waiting = reader?.read()
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect.poll(() => cut).toBe(true)
    await expect(fetch(url, { signal: stop.signal })).rejects.toBe(reason)
  })

  test('before an answer an abort ends the call', async () => {
    behave = () => undefined
    const stop = new AbortController()
    const call = fetch(url, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(call).rejects.toThrow('enough')
    await expect.poll(() => cut).toBe(true)
  })

  test('a reader that leaves hangs up', async () => {
    behave = (response) => void response.writeHead(200).write('first')
    const reader = (await fetch(url)).body?.getReader()
    await reader?.cancel()
    await expect.poll(() => cut).toBe(true)
  })

  test('an answer that breaks off is a failure, not an end', async () => {
    behave = (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 50)
    }
    await expect(textOf(await fetch(url))).rejects.toThrow()
  })

  test('nobody there', async () => {
    await expect(fetch('http://127.0.0.1:1/')).rejects.toThrow()
  })

  test("a chain's node is asked by it, and an answer that is too long is left", async () => {
    const client = createPublicClient({ transport: createChainTransport(url) })
    const head = { 'content-type': 'application/json' }
    behave = (response, body) => {
      const { id, method } = JSON.parse(body)
      const result = method === 'eth_chainId' ? '0x7' : null
      response.writeHead(200, head).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
    }
    expect(await client.getChainId()).toBe(7)

    behave = (response) => response.writeHead(200, { ...head, 'content-length': '20000000' }).write('{')
    await expect(client.request({ method: 'eth_blockNumber' }, { retryCount: 0 })).rejects.toThrow(/exceed/i)
    await expect.poll(() => cut).toBe(true)

    behave = (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    await expect(client.request({ method: 'eth_gasPrice' }, { retryCount: 0 })).rejects.toThrow(/Status: 302/)
  })
})

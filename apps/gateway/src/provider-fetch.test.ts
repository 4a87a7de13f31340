import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProviderFetch, isInnerAddress } from './provider-fetch.js'

let server: Server
let port: number
let served = 0
beforeAll(async () => {
  server = createServer((_, response) => {
    served += 1
    response.end('served')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('D1: addresses that are no provider', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.0.1',
    '172.31.255.255',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    'fd00::1',
    'fe80::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    'localhost',
    '2130706433',
  ])('%s is inner', (address) => {
    expect(isInnerAddress(address)).toBe(true)
  })
  test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is not', (address) => {
    expect(isInnerAddress(address)).toBe(false)
  })
})

describe('D1: the fetch of a provider', () => {
  const common = { maxConnections: 2, connectTimeoutMs: 1000 }

  test('goes to the origin of the configuration and to no other', async () => {
    const own = createProviderFetch({ baseUrl: `http://127.0.0.1:${port}/v1`, allowInner: false, ...common })
    expect((await own.fetch(`http://127.0.0.1:${port}/v1/x`)).status).toBe(200)
    for (const other of [
      `http://localhost:${port}/`,
      `http://127.0.0.1:${port + 1}/`,
      'http://169.254.169.254/latest',
    ]) {
      await expect(own.fetch(other)).rejects.toThrow('another origin')
    }
    await own.close()
  })

  test('a name that leads inwards leads nowhere, unless the operator allows it', async () => {
    const baseUrl = `http://provider.example:${port}`
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const before = served
    const strict = createProviderFetch({ baseUrl, allowInner: false, resolve, ...common })
    await expect(strict.fetch(`${baseUrl}/`)).rejects.toThrow()
    expect(served).toBe(before)
    const allowing = createProviderFetch({ baseUrl, allowInner: true, resolve, ...common })
    expect((await allowing.fetch(`${baseUrl}/`)).status).toBe(200)
    await Promise.all([strict.close(), allowing.close()])
  })
})

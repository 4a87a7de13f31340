import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createChannelServer } from './channel-server.js'
import { sealFetch } from './seal-fetch.js'
import { createSealingKey } from './sealing-key.js'

// A second implementation of docs/channel.md, on node:crypto alone: it opens what the client sends and answers it, and
// it seals what the server opens. None of it shares code with the sources under test.
const NOW = 1_800_000_000n
const SEED = new Uint8Array(32).fill(1)
const EMPTY = Buffer.alloc(0)
const KEM_SUITE = Buffer.from('4b454d0020', 'hex')
const HPKE_SUITE = Buffer.from('48504b45002000010001', 'hex')
const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const uint32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255])
const extract = (salt: Buffer, ikm: Buffer): Buffer =>
  createHmac('sha256', salt.length ? salt : Buffer.alloc(32))
    .update(ikm)
    .digest()
function expand(prk: Buffer, info: Buffer, length: number): Buffer {
  let block = EMPTY
  let output = EMPTY
  for (let counter = 1; output.length < length; counter++) {
    block = createHmac('sha256', prk)
      .update(Buffer.concat([block, info, Buffer.from([counter])]))
      .digest()
    output = Buffer.concat([output, block])
  }
  return output.subarray(0, length)
}
const labeledExtract = (suite: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer =>
  extract(salt, Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), ikm]))
const labeledExpand = (suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer =>
  expand(prk, Buffer.concat([uint16(length), Buffer.from('HPKE-v1'), suite, Buffer.from(label), info]), length)

const privateKeyOf = (raw: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), raw]),
    format: 'der',
    type: 'pkcs8',
  })
const publicKeyOf = (raw: Buffer) =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]),
    format: 'der',
    type: 'spki',
  })
const rawPublic = (key: ReturnType<typeof createPrivateKey>): Buffer =>
  Buffer.from(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32))
/** RFC 9180 §7.1.3 */
const deriveScalar = (seed: Buffer): Buffer =>
  labeledExpand(KEM_SUITE, labeledExtract(KEM_SUITE, EMPTY, 'dkp_prk', seed), 'sk', EMPTY, 32)

interface Schedule {
  readonly key: Buffer
  readonly nonce: Buffer
  readonly exporter: Buffer
}
function schedule(dh: Buffer, enc: Buffer, recipient: Buffer, info: Buffer): Schedule {
  const eae = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh)
  const shared = labeledExpand(KEM_SUITE, eae, 'shared_secret', Buffer.concat([enc, recipient]), 32)
  const context = Buffer.concat([
    Buffer.from([0]),
    labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY),
    labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info),
  ])
  const secret = labeledExtract(HPKE_SUITE, shared, 'secret', EMPTY)
  return {
    key: labeledExpand(HPKE_SUITE, secret, 'key', context, 16),
    nonce: labeledExpand(HPKE_SUITE, secret, 'base_nonce', context, 12),
    exporter: labeledExpand(HPKE_SUITE, secret, 'exp', context, 32),
  }
}
function gcm(direction: 'seal' | 'open', key: Buffer, nonce: Buffer, aad: Buffer, data: Buffer): Buffer {
  if (direction === 'seal') {
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(aad)
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])
  }
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAAD(aad).setAuthTag(data.subarray(-16))
  return Buffer.concat([decipher.update(data.subarray(0, -16)), decipher.final()])
}
const infoOf = (keyId: Buffer, path: string): Buffer =>
  Buffer.concat([
    Buffer.from('og-sealed/1 request\0\x01'),
    keyId,
    uint16(4),
    Buffer.from('POST'),
    uint16(Buffer.byteLength(path)),
    Buffer.from(path),
  ])
function responseKeys(exporter: Buffer, enc: Buffer, nonce: Buffer): { key: Buffer; nonce: Buffer } {
  const secret = labeledExpand(HPKE_SUITE, exporter, 'sec', Buffer.from('og-sealed/1 response'), 32)
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, Buffer.concat([enc, nonce]), Buffer.from(info), length))
  return { key: derive('key', 16), nonce: derive('nonce', 12) }
}
function frameNonce(base: Buffer, index: number): Buffer {
  const nonce = Buffer.from(base)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8)
  return nonce
}
/** What a seal covers of the payment headers outside it. */
const paymentOf = (fields: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat([
    Buffer.from('og-sealed/1 payment headers\0'),
    Buffer.from([fields.length]),
    ...fields.flatMap(([name, value]) => [
      uint16(Buffer.byteLength(name)),
      Buffer.from(name),
      uint32(Buffer.byteLength(value)),
      Buffer.from(value),
    ]),
  ])
const keyIdOf = (publicKey: Buffer): Buffer =>
  createHash('sha256').update('og-sealed/1 key\0').update(publicKey).digest().subarray(0, 8)

describe('the wire format of docs/channel.md', () => {
  const scalar = privateKeyOf(deriveScalar(Buffer.from(SEED)))
  const publicKey = rawPublic(scalar)

  it('behavior: a second implementation opens a sealed request and its answer is read', async () => {
    let head: unknown
    let body = ''
    const fetch = sealFetch({
      key: { publicKey },
      now: () => NOW,
      fetch: async (_, init) => {
        const bytes = Buffer.from(init.body as Uint8Array)
        expect(bytes[0]).toBe(1)
        const keyId = bytes.subarray(1, 9)
        expect(keyId).toEqual(keyIdOf(publicKey))
        const enc = bytes.subarray(9, 41)
        const dh = diffieHellman({ privateKey: scalar, publicKey: publicKeyOf(enc) })
        const keys = schedule(dh, enc, publicKey, infoOf(keyId, '/v1/models'))
        const payment = new Headers(init.headers).get('payment-signature') ?? ''
        const covered = paymentOf([['payment-signature', payment]])
        const plain = gcm('open', keys.key, keys.nonce, covered, bytes.subarray(41))
        expect(plain.length % 256).toBe(0)
        const headLength = plain.readUInt32BE(0)
        head = JSON.parse(plain.subarray(4, 4 + headLength).toString())
        const bodyLength = plain.readUInt32BE(4 + headLength)
        body = plain.subarray(8 + headLength, 8 + headLength + bodyLength).toString()

        const responseNonce = Buffer.alloc(32, 9)
        const answer = responseKeys(keys.exporter, enc, responseNonce)
        const frame = (type: number, index: number, data: string, more: Buffer = EMPTY): Buffer => {
          const plaintext = Buffer.concat([Buffer.from(data), Buffer.from([0x80, 0, 0])])
          const header = Buffer.concat([Buffer.from([type]), uint32(plaintext.length + 16)])
          const aad = Buffer.concat([header, more])
          return Buffer.concat([header, gcm('seal', answer.key, frameNonce(answer.nonce, index), aad, plaintext)])
        }
        const answerBytes = Buffer.concat([
          Buffer.from([1]),
          responseNonce,
          frame(4, 0, '{"status":402,"headers":[["x-inner","abc"]]}', paymentOf([['payment-required', 'def']])),
          frame(2, 1, 'pay '),
          frame(2, 2, 'first'),
          frame(3, 3, ''),
        ])
        const headers = { 'content-type': 'application/og-sealed', 'Payment-Required': 'def' }
        return new Response(Uint8Array.from(answerBytes), { headers })
      },
    })
    const response = await fetch('https://node.test/v1/models?limit=2', {
      method: 'PUT',
      headers: { Accept: 'text/plain', 'og-inference-mode': 'TEE', 'Payment-Signature': 'paid' },
      body: 'héllo',
    })
    expect(head).toEqual({
      method: 'PUT',
      path: '/v1/models?limit=2',
      headers: [
        ['accept', 'text/plain'],
        ['content-type', 'text/plain;charset=UTF-8'],
        ['og-inference-mode', 'TEE'],
      ],
      time: '1800000000',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(body).toBe('héllo')
    expect(response.status).toBe(402)
    expect(response.headers.get('x-inner')).toBe('abc')
    expect(response.headers.get('payment-required')).toBe('def')
    expect(await response.text()).toBe('pay first')
  })

  it('behavior: the server opens what a second implementation sealed, and its answer opens there', async () => {
    const server = createChannelServer({
      keys: () => [key],
      now: () => NOW,
      randomBytes: (length) => new Uint8Array(length).fill(5),
    })
    const key = await createSealingKey({ seed: SEED })
    expect(Buffer.from(key.publicKey)).toEqual(publicKey)

    const ephemeral = privateKeyOf(Buffer.alloc(32, 77))
    const enc = rawPublic(ephemeral)
    const keyId = keyIdOf(publicKey)
    const dh = diffieHellman({ privateKey: ephemeral, publicKey: publicKeyOf(publicKey) })
    const keys = schedule(dh, enc, publicKey, infoOf(keyId, '/v1/x'))
    const head = Buffer.from(
      `{"id":"${'ab'.repeat(16)}","time":"1800000000","headers":[["accept","*/*"]],"path":"/v1/x?q","method":"GET"}`,
    )
    const plaintext = Buffer.concat([uint32(head.length), head, uint32(2), Buffer.from('hi')])
    const covered = paymentOf([
      ['payment-signature', 'paid'],
      ['x-payment', ''],
    ])
    const body = Buffer.concat([Buffer.from([1]), keyId, enc, gcm('seal', keys.key, keys.nonce, covered, plaintext)])

    const headers = { 'x-payment': '', accept: 'text/html', 'payment-signature': 'paid' }
    const opened = await server.open({ method: 'POST', path: '/v1/x', body, headers })
    expect(opened).toMatchObject({ method: 'GET', path: '/v1/x?q' })
    expect({ ...opened.headers }).toEqual({ accept: '*/*', 'payment-signature': 'paid', 'x-payment': '' })
    expect(Buffer.from(opened.body).toString()).toBe('hi')

    const answer = Buffer.concat([
      await opened.sealer.head({
        status: 200,
        headers: { 'Content-Type': 'text/plain', 'Payment-Response': 'settled' },
      }),
      await opened.sealer.chunk(Buffer.from('answer')),
      await opened.sealer.end(),
    ])
    // Three frames of 256 padded bytes each: an observer learns a multiple, not a length.
    expect(answer.length).toBe(33 + 3 * (5 + 256 + 16))
    expect(answer.subarray(0, 33)).toEqual(Buffer.concat([Buffer.from([1]), Buffer.alloc(32, 5)]))
    const open = responseKeys(keys.exporter, enc, Buffer.alloc(32, 5))
    const frames = [0, 1, 2].map((index) => {
      const frame = answer.subarray(33 + index * 277, 33 + (index + 1) * 277)
      const more = index === 0 ? paymentOf([['payment-response', 'settled']]) : EMPTY
      const aad = Buffer.concat([frame.subarray(0, 5), more])
      const padded = gcm('open', open.key, frameNonce(open.nonce, index), aad, frame.subarray(5))
      return {
        type: frame[0],
        length: frame.readUInt32BE(1),
        data: padded.subarray(0, padded.lastIndexOf(0x80)).toString(),
      }
    })
    expect(frames).toEqual([
      { type: 4, length: 272, data: '{"status":200,"headers":[["content-type","text/plain"]]}' },
      { type: 2, length: 272, data: 'answer' },
      { type: 3, length: 272, data: '' },
    ])
  })

  it('behavior: fixed randomness gives the bytes printed in docs/channel.md', async () => {
    const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(length)
    const key = await createSealingKey({ seed: SEED })
    const server = createChannelServer({ keys: () => [key], now: () => NOW, padToBytes: 1, randomBytes })
    let request = ''
    let answer = ''
    const fetch = sealFetch({
      key,
      now: () => NOW,
      padToBytes: 1,
      randomBytes,
      fetch: async (url, init) => {
        const body = init.body as Uint8Array
        request = Buffer.from(body).toString('hex')
        const { sealer } = await server.open({ method: 'POST', path: new URL(url).pathname, body })
        const bytes = Buffer.concat([
          await sealer.head({ status: 200, headers: { 'content-type': 'text/plain' } }),
          await sealer.chunk(new TextEncoder().encode('hello')),
          await sealer.end(),
        ])
        answer = bytes.toString('hex')
        return new Response(Uint8Array.from(bytes), { headers: { 'content-type': 'application/og-sealed' } })
      },
    })
    const response = await fetch('https://node.test/v1/x?y=z', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'hi',
    })
    expect(await response.text()).toBe('hello')
    const document = await readFile(new URL('../../docs/channel.md', import.meta.url), 'utf8')
    const printed = [...document.matchAll(/^(public key|request|answer):([0-9a-f\s]+?)(?=\n[a-z`])/gm)]
    expect(printed.map(([, name, hex]) => [name, hex?.replace(/\s/g, '')])).toEqual([
      ['public key', Buffer.from(key.publicKey).toString('hex')],
      ['request', request],
      ['answer', answer],
    ])
  })
})

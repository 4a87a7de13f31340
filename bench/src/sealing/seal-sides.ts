import { createChannelServer, createSealingKey, sealFetch, sealResponse } from '@og/tee-verify/channel'
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke'

/** Seals a request, opens it, seals its answer and opens that; returns the bytes that came out. */
export type RoundTrip = () => Promise<Uint8Array>

/** Bytes that cannot be compressed, always the same. */
export function noiseOf(length: number): Uint8Array<ArrayBuffer> {
  let state = 1
  return new Uint8Array(length).map(() => {
    state = (state * 48_271) % 0x7fff_ffff
    return state
  })
}

/** Ours: client and server of the sealed channel, with everything that they check and pad. */
export async function createOurRoundTrip(request: Uint8Array<ArrayBuffer>, answer: Uint8Array): Promise<RoundTrip> {
  const key = await createSealingKey()
  const server = createChannelServer({ keys: () => [key], maxEntries: 1_000_000 })
  const url = 'http://node.invalid/v1/chat/completions'
  const sealed = sealFetch({
    key: () => ({ publicKey: key.publicKey }),
    fetch: async (_url, init) => {
      const body = new Uint8Array(await new Response(init?.body).arrayBuffer())
      const headers = new Headers(init?.headers)
      const opened = await server.open({ method: 'POST', path: '/v1/chat/completions', body, headers })
      if (opened.body.length !== request.length) throw new Error('another request came out')
      return sealResponse(opened.sealer, new Response(new Uint8Array(answer)))
    },
  })
  return async () => {
    const response = await sealed(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: request,
    })
    return new Uint8Array(await response.arrayBuffer())
  }
}

const label = new TextEncoder().encode('answer')

/** The least that RFC 9458 asks for, over an HPKE of somebody else and bare WebCrypto: no framing, no headers, no replay check. */
export async function createHpkeRoundTrip(request: Uint8Array, answer: Uint8Array<ArrayBuffer>): Promise<RoundTrip> {
  const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM)
  const keys = await suite.GenerateKeyPair()
  const info = label
  return async () => {
    const { encapsulatedSecret, ctx: sender } = await suite.SetupSender(keys.publicKey, { info })
    const sealed = await sender.Seal(request)
    const senderSecret = await sender.Export(label, 32)
    const recipient = await suite.SetupRecipient(keys, encapsulatedSecret, { info })
    const opened = await recipient.Open(sealed)
    if (opened.length !== request.length) throw new Error('another request came out')
    const nonce = globalThis.crypto.getRandomValues(new Uint8Array(32))
    const salt = new Uint8Array([...encapsulatedSecret, ...nonce])
    const serverKey = await responseKeyOf(await recipient.Export(label, 32), salt)
    const sealedAnswer = await globalThis.crypto.subtle.encrypt(serverKey.algorithm, serverKey.key, answer)
    const clientKey = await responseKeyOf(senderSecret, salt)
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(clientKey.algorithm, clientKey.key, sealedAnswer))
  }
}

async function responseKeyOf(
  secret: Uint8Array,
  salt: Uint8Array<ArrayBuffer>,
): Promise<{ readonly key: CryptoKey; readonly algorithm: AesGcmParams }> {
  const { subtle } = globalThis.crypto
  const material = await subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveBits'])
  const expand = (info: string, bytes: number): Promise<ArrayBuffer> =>
    subtle.deriveBits(
      { name: 'HKDF', hash: 'SHA-256', salt, info: new TextEncoder().encode(info) },
      material,
      bytes * 8,
    )
  const key = await subtle.importKey('raw', await expand('key', 16), 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { key, algorithm: { name: 'AES-GCM', iv: await expand('nonce', 12) } }
}

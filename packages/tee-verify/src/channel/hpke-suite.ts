import {
  AEAD_AES_128_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  type RecipientContext,
} from 'hpke'
import type { Bytes } from './bytes.js'
import { ChannelError } from './channel-error.js'

/** What both ends of an HPKE base-mode context can do (RFC 9180 §5). */
export interface HpkeSender {
  readonly encapsulatedKey: Bytes
  seal(plaintext: Uint8Array, aad?: Uint8Array): Promise<Bytes>
  exportSecret(context: Uint8Array, length: number): Promise<Bytes>
}

export interface HpkeRecipient {
  open(ciphertext: Uint8Array, aad?: Uint8Array): Promise<Bytes>
  exportSecret(context: Uint8Array, length: number): Promise<Bytes>
}

const EMPTY = new Uint8Array(0)

type Suite = CipherSuite<CryptoKey>

/** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM: RFC 9180 §7, ids 0x0020, 0x0001, 0x0001. It holds no state of a message. */
function suiteOf(kem: typeof KEM_DHKEM_X25519_HKDF_SHA256): Suite {
  return new CipherSuite(kem, KDF_HKDF_SHA256, AEAD_AES_128_GCM)
}

let shared: Suite | undefined

function sharedSuite(): Suite {
  shared ??= suiteOf(KEM_DHKEM_X25519_HKDF_SHA256)
  return shared
}

/** The same, with an ephemeral pair that follows from a seed in place of a drawn one. */
function seededSuite(seed: Uint8Array): Suite {
  return suiteOf(() => ({ ...KEM_DHKEM_X25519_HKDF_SHA256(), GenerateKeyPair: () => deriveKeyPair(seed) }))
}

/**
 * SetupBaseS. `ephemeralSeed` is the `ikm` of the ephemeral pair: RFC 9180 §7.1.2 allows `DeriveKeyPair(random(Nsk))`
 * as `GenerateKeyPair()`, so all randomness comes from the caller. Without it the platform draws the pair, which is faster.
 * @throws {ChannelError} `INVALID_KEY` for a public key that is no usable X25519 point; `UNSUPPORTED`.
 */
export async function setupSender(options: {
  readonly publicKey: Uint8Array
  readonly info: Uint8Array
  readonly ephemeralSeed: Uint8Array | undefined
}): Promise<HpkeSender> {
  const { publicKey, info, ephemeralSeed } = options
  let setup: Awaited<ReturnType<Suite['SetupSender']>>
  try {
    const suite = ephemeralSeed === undefined ? sharedSuite() : seededSuite(ephemeralSeed)
    setup = await suite.SetupSender(await suite.DeserializePublicKey(publicKey), { info })
  } catch (cause) {
    await checkPlatform()
    throw new ChannelError('INVALID_KEY', 'nothing can be sealed to this public key', { cause })
  }
  const { ctx } = setup
  return {
    encapsulatedKey: new Uint8Array(setup.encapsulatedSecret),
    seal: async (plaintext, aad = EMPTY) => new Uint8Array(await ctx.Seal(plaintext, aad)),
    exportSecret: async (exporterContext, length) => new Uint8Array(await ctx.Export(exporterContext, length)),
  }
}

/**
 * SetupBaseR.
 * @throws {ChannelError} `OPEN_FAILED` for an encapsulated key that is no usable X25519 point; `UNSUPPORTED`.
 */
export async function setupRecipient(options: {
  readonly keyPair: CryptoKeyPair
  readonly encapsulatedKey: Uint8Array
  readonly info: Uint8Array
}): Promise<HpkeRecipient> {
  let context: RecipientContext
  try {
    context = await sharedSuite().SetupRecipient(options.keyPair, options.encapsulatedKey, { info: options.info })
  } catch (cause) {
    await checkPlatform()
    throw new ChannelError('OPEN_FAILED', 'the encapsulated key is not usable', { cause })
  }
  return {
    open: async (ciphertext, aad = EMPTY) => {
      try {
        return new Uint8Array(await context.Open(ciphertext, aad))
      } catch (cause) {
        throw new ChannelError('OPEN_FAILED', 'the sealed request does not open: other key, method, path or bytes', {
          cause,
        })
      }
    },
    exportSecret: async (exporterContext, length) => new Uint8Array(await context.Export(exporterContext, length)),
  }
}

/**
 * Generates an X25519 pair whose private half cannot be exported.
 * @throws {ChannelError} `UNSUPPORTED` where WebCrypto is absent (a page without TLS) or has no X25519.
 */
export async function generateKeyPair(): Promise<CryptoKeyPair> {
  try {
    const generated = await globalThis.crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits'])
    if ('privateKey' in generated) return generated
  } catch (cause) {
    throw new ChannelError('UNSUPPORTED', 'this platform has no X25519 in WebCrypto', { cause })
  }
  throw new ChannelError('UNSUPPORTED', 'this platform has no X25519 in WebCrypto')
}

// The library reports a platform without X25519 and a bad point alike; blame the key only where keys work at all.
async function checkPlatform(): Promise<void> {
  await generateKeyPair()
}

/** DeriveKeyPair of RFC 9180 §7.1.3. */
export async function deriveKeyPair(seed: Uint8Array): Promise<CryptoKeyPair> {
  return await sharedSuite().DeriveKeyPair(seed, false)
}

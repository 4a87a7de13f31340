import { type Bytes, hexOf, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { type RandomBytes, systemRandomBytes } from './defaults.js'
import type { HeaderField } from './header-fields.js'
import { setupSender } from './hpke-suite.js'
import { encodePaymentFields } from './payment-headers.js'
import { EXPORTED_SECRET_BYTES, PUBLIC_KEY_BYTES, REQUEST_ID_BYTES, RESPONSE_LABEL } from './protocol.js'
import { encodeRequestMessage } from './request-message.js'
import type { ResponseSecret } from './response-reader.js'
import { encodeSealedRequest, infoOf, type OuterTarget } from './sealed-request.js'
import { type ChannelKey, keyIdOf } from './sealing-key.js'

const EPHEMERAL_SEED_BYTES = 32

/**
 * Seals one request to a key; each call draws a new id and a new ephemeral key.
 * @throws {ChannelError} `INVALID_KEY`, `TOO_LARGE`, `MALFORMED`.
 */
export async function sealRequest(
  request: {
    readonly target: OuterTarget
    readonly method: string
    readonly path: string
    readonly headers: readonly HeaderField[]
    /** Payment headers that travel outside, sorted by name. */
    readonly outside: readonly HeaderField[]
    readonly body: Uint8Array
  },
  options: {
    readonly key: ChannelKey
    readonly time: bigint
    readonly randomBytes: RandomBytes
    readonly padToBytes: number
  },
): Promise<{ readonly bytes: Bytes; readonly secret: ResponseSecret }> {
  const { publicKey } = options.key
  if (!(publicKey instanceof Uint8Array) || publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new ChannelError('INVALID_KEY', 'a sealing key has 32 bytes')
  }
  const draw = (length: number): Uint8Array => {
    const drawn = options.randomBytes(length)
    if (drawn.length !== length) throw new ChannelError('SEALER_MISUSE', `randomBytes returned ${drawn.length} bytes`)
    return drawn
  }
  const { target, outside, ...inner } = request
  const plaintext = encodeRequestMessage(
    { ...inner, time: options.time, id: hexOf(draw(REQUEST_ID_BYTES)) },
    options.padToBytes,
  )
  const keyId = keyIdOf(publicKey)
  const sender = await setupSender({
    publicKey,
    info: infoOf(target, keyId),
    ephemeralSeed: options.randomBytes === systemRandomBytes ? undefined : draw(EPHEMERAL_SEED_BYTES),
  })
  const { encapsulatedKey } = sender
  const ciphertext = await sender.seal(plaintext, encodePaymentFields(outside))
  const exportedSecret = await sender.exportSecret(utf8BytesOf(RESPONSE_LABEL), EXPORTED_SECRET_BYTES)
  return {
    bytes: encodeSealedRequest({ keyId, encapsulatedKey, ciphertext }),
    secret: { exportedSecret, encapsulatedKey },
  }
}

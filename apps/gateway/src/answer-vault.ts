import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** An answer as it left: stored for a repeated request only, and only encrypted. */
export interface StoredAnswer {
  readonly contentType: string
  readonly bytes: Uint8Array
}

/** Encrypts answers under a key that lives in this process only: after a restart they cannot be read any more, by design. */
export interface AnswerVault {
  readonly lock: (answer: StoredAnswer) => Uint8Array
  /** The answer, or `undefined` if it was locked by another process or damaged. */
  readonly unlock: (bytes: Uint8Array) => StoredAnswer | undefined
}

/** Creates a vault with a fresh AES-256-GCM key. Layout: 12-byte nonce ‖ 16-byte tag ‖ ciphertext of `type NUL bytes`. */
export function createAnswerVault(
  { draw }: { readonly draw: (length: number) => Uint8Array } = { draw: randomBytes },
): AnswerVault {
  const key = randomBytes(32)
  return {
    lock: ({ contentType, bytes }) => {
      const nonce = draw(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const body = [cipher.update(`${contentType}\0`, 'utf8'), cipher.update(bytes), cipher.final()]
      return Buffer.concat([nonce, cipher.getAuthTag(), ...body])
    },
    unlock: (bytes) => {
      if (bytes.length < 29) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      decipher.setAuthTag(bytes.subarray(12, 28))
      try {
        const plain = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
        const split = plain.indexOf(0)
        return { contentType: plain.subarray(0, split).toString('utf8'), bytes: plain.subarray(split + 1) }
      } catch {
        return undefined
      }
    },
  }
}

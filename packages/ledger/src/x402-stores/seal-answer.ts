import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { LedgerError } from '../ledger-error.js'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts answers for the database. */
export interface AnswerSeal {
  /** `label` says whose answer it is: it opens under no other. */
  seal(answer: Uint8Array, label: string): Uint8Array
  /** `undefined` when it was sealed under another key or label. */
  open(sealed: Uint8Array, label: string): Uint8Array | undefined
}

/**
 * AES-256-GCM with a random nonce. Without a key there is one for this object alone, so that nobody else, and no later
 * life of the process, reads an answer. @throws LedgerError `INVALID_INPUT`
 */
export function createAnswerSeal(key: Uint8Array = randomBytes(KEY_BYTES)): AnswerSeal {
  if (key.length !== KEY_BYTES) throw new LedgerError('INVALID_INPUT', `answerKey must be ${KEY_BYTES} bytes`)
  const secret = Buffer.from(key)
  return {
    seal(answer, label) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(label))
      return Buffer.concat([nonce, cipher.update(answer), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, label) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
      const end = sealed.length - TAG_BYTES
      const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(label))
        .setAuthTag(sealed.subarray(end))
      try {
        return Uint8Array.from(Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]))
      } catch {
        return undefined
      }
    },
  }
}

import { isJsonObject, type JsonObject } from './json.js'
import type { PaymentPayload } from './payment-payload.js'

/** Key of the extension by which a payment carries an identifier of the logical call. */
export const PAYMENT_IDENTIFIER_EXTENSION = 'payment-identifier'

const IDENTIFIER = /^[A-Za-z0-9_-]{16,128}$/

/** Tells whether `value` has the shape of a payment identifier: 16 to 128 letters, digits, hyphens and underscores. */
export function isPaymentIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value)
}

/** What a server puts into `PaymentRequired.extensions` to take payment identifiers. */
export function paymentIdentifierExtension(options: { readonly required?: boolean } = {}): JsonObject {
  return {
    info: { required: options.required ?? false },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        required: { type: 'boolean' },
        id: { type: 'string', minLength: 16, maxLength: 128, pattern: '^[a-zA-Z0-9_-]+$' },
      },
      required: ['required'],
    },
  }
}

function infoOf(extensions: JsonObject | undefined): JsonObject | undefined {
  const extension = extensions?.[PAYMENT_IDENTIFIER_EXTENSION]
  const info = isJsonObject(extension) ? extension['info'] : undefined
  return isJsonObject(info) ? info : undefined
}

/** Tells whether a server's extensions offer to take an identifier. */
export function isPaymentIdentifierOffered(extensions: JsonObject | undefined): boolean {
  return typeof infoOf(extensions)?.['required'] === 'boolean'
}

/** The identifier that a payment carries: `undefined` when none, `malformed` when it has not the right shape. */
export function paymentIdentifierOf(payload: PaymentPayload): { readonly id: string } | 'malformed' | undefined {
  const id = infoOf(payload.extensions)?.['id']
  if (id === undefined || id === null) return undefined
  return isPaymentIdentifier(id) ? { id } : 'malformed'
}

/** Adds an identifier to the echo of a server's extensions. */
export function withPaymentIdentifier(extensions: JsonObject, id: string): JsonObject {
  const extension = extensions[PAYMENT_IDENTIFIER_EXTENSION]
  return {
    ...extensions,
    [PAYMENT_IDENTIFIER_EXTENSION]: {
      ...(isJsonObject(extension) ? extension : {}),
      info: { ...infoOf(extensions), id },
    },
  }
}

/** Answers may be read by any page: nothing here rests on cookies, every call pays for itself. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'PAYMENT-REQUIRED, PAYMENT-RESPONSE, X-Request-Id, X-Processing-Hash, Retry-After, OG-Replayed',
} as const

/** What a preflight may ask for. The last name is one that the official x402 client sends as a request header. */
export const preflightHeaders = {
  ...corsHeaders,
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers':
    'Content-Type, Authorization, PAYMENT-SIGNATURE, OG-Inference-Mode, OG-Settlement-Mode, X-SETTLEMENT-TYPE, Idempotency-Key, Access-Control-Expose-Headers',
  'access-control-max-age': '600',
} as const

/** Headers that a browser may read from an answer of a paid resource. */
export const EXPOSED_HEADERS = 'PAYMENT-REQUIRED, PAYMENT-RESPONSE'

// The last name is a response header, which the official fetch client sends with its requests nevertheless.
const ALLOWED_HEADERS =
  'Content-Type, Authorization, PAYMENT-SIGNATURE, SIGN-IN-WITH-X, Idempotency-Key, Access-Control-Expose-Headers'

/** Options of {@link preflightResponse}. */
export interface PreflightOptions {
  /** Which pages may call; every one when absent, because nothing here rests on cookies. */
  readonly origin?: string
  /** Request headers beside those of x402. */
  readonly headers?: readonly string[]
  /** Methods that may be used; `GET, HEAD, POST, PUT, PATCH, DELETE` when absent. */
  readonly methods?: readonly string[]
}

/** Tells a browser's preflight from an `OPTIONS` request of its own right. */
export function isPreflight(request: Request): boolean {
  return isPreflightOf(request.method, request.headers.get('access-control-request-method'))
}

/** {@link isPreflight} for a request in parts. */
export function isPreflightOf(method: string, requestedMethod: string | null): boolean {
  return method === 'OPTIONS' && requestedMethod !== null
}

/** Answers a browser's preflight so that official and own clients may pay from a page. */
export function preflightResponse(options: PreflightOptions = {}): Response {
  const { origin = '*', headers = [], methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] } = options
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': [ALLOWED_HEADERS, ...headers].join(', '),
      'access-control-expose-headers': EXPOSED_HEADERS,
      'access-control-max-age': '600',
      vary: 'Origin',
    },
  })
}

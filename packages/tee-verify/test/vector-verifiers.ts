import * as portable from '../src/index.js'
import * as native from '../src/node.js'
import type { VectorVerifier } from './judge-vector.js'

/** The verifier on each backend, by the name that `npm run vectors -- --backend` takes. */
export const vectorVerifiers: Readonly<Record<'node' | 'webcrypto' | 'noble', VectorVerifier>> = {
  node: native,
  noble: portable,
  webcrypto: { verifyQuote: portable.verifyQuoteAsync, verifyEnclaveQuote: portable.verifyEnclaveQuoteAsync },
}

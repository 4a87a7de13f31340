import * as portable from '../src/index.js'
import { type DetailedJudgement, judgeVector } from './judge-vector.js'

/** What runs inside the page: the vectors on the browser's WebCrypto. */
async function judgeInPage(
  vectors: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<readonly Pick<DetailedJudgement, 'id' | 'ok' | 'status' | 'code' | 'failedStep'>[]> {
  const verifier = { verifyQuote: portable.verifyQuoteAsync, verifyEnclaveQuote: portable.verifyEnclaveQuoteAsync }
  const judgements: DetailedJudgement[] = []
  for (const [id, files] of Object.entries(vectors)) {
    const read = (name: string): Uint8Array | undefined => {
      const base64 = files[name]
      return base64 === undefined ? undefined : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    }
    judgements.push(await judgeVector(id, read, verifier))
  }
  return judgements.map(({ id, ok, status, code, failedStep }) => ({ id, ok, status, code, failedStep }))
}

Object.assign(globalThis, { judgeInPage })

import type { Hex, JsonObject } from '@og/settlement'
import { isSameMac, macOf } from './mac.js'
import { type BoundedRequest, promptBoundOf, promptCountFor } from './prompt-bound.js'
import type { PromptCounter } from './prompt-counter.js'

/** What a quote is for: it holds for this offer and this body, and for no other. */
interface QuoteSubject {
  readonly offerHash: Hex
  readonly requestHash: Hex
}

/** Quotes of prompts whose tokens were counted. They are not kept: who pays brings his along. */
export interface PromptQuotes {
  /** The bound of a prompt's tokens, below its bytes; `undefined` when it is quoted by its bytes. */
  readonly boundFor: (request: BoundedRequest) => Promise<bigint | undefined>
  /** The `extra.og.quote` of a 402. */
  readonly encode: (subject: QuoteSubject, promptTokens: bigint) => JsonObject
  /** The bound in an echoed `extra.og.quote` that we made for this subject; `undefined` for everything else. */
  readonly recognise: (subject: QuoteSubject, echoed: unknown) => bigint | undefined
}

/** Creates the quotes of one node. `macKey`: 32 bytes, as for its offers. */
export function createPromptQuotes({
  counter,
  macKey,
}: {
  readonly counter: PromptCounter
  readonly macKey: Uint8Array
}): PromptQuotes {
  function quoteMac({ offerHash, requestHash }: QuoteSubject, promptTokens: bigint): Hex {
    return macOf(macKey, `og-quote-1:${offerHash}:${requestHash}:${promptTokens}`)
  }

  async function boundFor(request: BoundedRequest): Promise<bigint | undefined> {
    const rule = promptCountFor(request)
    if (rule === undefined) return undefined
    const { canonicalBody: body, promptTokens: bytes } = request
    const counted = await counter.count(body, rule.tokenizer)
    if (counted === undefined) return undefined
    const bound = promptBoundOf(rule, { counted, body, bytes })
    return bound < bytes ? bound : undefined
  }

  function recognise(subject: QuoteSubject, echoed: unknown): bigint | undefined {
    if (typeof echoed !== 'object' || echoed === null) return undefined
    const { promptTokens: tokens, mac } = echoed as Record<string, unknown>
    if (typeof tokens !== 'number' || !Number.isSafeInteger(tokens) || tokens < 0 || typeof mac !== 'string') {
      return undefined
    }
    const promptTokens = BigInt(tokens)
    return isSameMac(mac, quoteMac(subject, promptTokens)) ? promptTokens : undefined
  }

  return {
    boundFor,
    encode: (subject, promptTokens) => ({
      promptTokens: Number(promptTokens),
      mac: quoteMac(subject, promptTokens),
    }),
    recognise,
  }
}

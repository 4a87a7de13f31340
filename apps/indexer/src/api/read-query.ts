import { type Hex, isHex } from 'viem'

/** Why a query cannot be answered. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  /** The parameter that is wrong. */
  readonly param: string

  constructor(param: string, message: string) {
    super(`${param}: ${message}`)
    this.param = param
  }
}

const mostRows = 200

/** How many rows are asked for: 50 unless said, at most 200. */
export function limitOf(query: URLSearchParams): number {
  const limit = Number(countOf(query, 'limit') ?? 50n)
  if (limit < 1 || limit > mostRows) throw new QueryError('limit', `1 to ${mostRows}`)
  return limit
}

/** A whole number, undefined when it is not given. @throws QueryError */
export function countOf(query: URLSearchParams, name: string): bigint | undefined {
  const text = textOf(query, name)
  if (text === undefined) return undefined
  if (!/^[0-9]{1,20}$/.test(text)) throw new QueryError(name, 'expected a whole number')
  return BigInt(text)
}

/** A hash of 32 bytes, undefined when it is not given. @throws QueryError */
export function hashOf(query: URLSearchParams, name: string): Hex | undefined {
  return bytesOf(query, name, 32)
}

/** An address, undefined when it is not given. @throws QueryError */
export function addressOf(query: URLSearchParams, name: string): Hex | undefined {
  return bytesOf(query, name, 20)
}

/** One of some words, undefined when it is not given. @throws QueryError */
export function wordOf<Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOf(query, name)
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (word === undefined) throw new QueryError(name, `expected one of ${words.join(', ')}`)
  return word
}

/** A short text, undefined when it is not given. @throws QueryError */
export function textOf(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw new QueryError(name, 'expected once')
  const [text] = values
  if (text === undefined || text === '') return undefined
  if (text.length > 256 || text.includes('\u0000')) throw new QueryError(name, 'expected a short text')
  return text
}

function bytesOf(query: URLSearchParams, name: string, length: number): Hex | undefined {
  const text = textOf(query, name)?.toLowerCase()
  if (text === undefined) return undefined
  if (!isHex(text) || text.length !== 2 + 2 * length) throw new QueryError(name, `expected 0x and ${2 * length} digits`)
  return text
}

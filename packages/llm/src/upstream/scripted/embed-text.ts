import type { Embedding } from '../embeddings.js'

/** Length of a scripted vector when the request names none. */
export const scriptedDimensions = 256
/** Of each text this many characters are read. */
const maxChars = 32_768

/**
 * Embeds a text by counting its words and pairs of words in hashed places: no language model, but texts that share words are near each other.
 * Vectors have length 1.
 */
export function embedText(text: string, options: { readonly dimensions: number }): Embedding {
  const { dimensions } = options
  const vector = new Array<number>(dimensions).fill(0)
  const words = text
    .slice(0, maxChars)
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [text]
  for (const [index, word] of words.entries()) {
    count(vector, hashOf(word))
    const next = words[index + 1]
    if (next !== undefined) count(vector, hashOf(`${word} ${next}`))
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  if (length === 0) return vector.map((_, index) => (index === 0 ? 1 : 0))
  return vector.map((value) => value / length)
}

function count(vector: number[], hash: number): void {
  const place = (hash >>> 1) % vector.length
  vector[place] = (vector[place] ?? 0) + ((hash & 1) === 0 ? 1 : -1)
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  }
  return hash
}

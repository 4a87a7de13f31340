const emptyWords = new Set(
  (
    'a about all also am an and any are as at be been but by can could current did do does doing for from get give given go had has have hello hey hi ' +
    'how i if in into is it its just know let like me my need needs no not now of on or our out please should so some tell than thank thanks that the ' +
    'their them then there these they this to today tool up us use user want was we were what when where which who why will with would you your'
  ).split(' '),
)

/** The words of a text in lower case; camelCase and snake_case names are taken apart. */
export function wordsOf(text: string): readonly string[] {
  const apart = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return apart.match(/[\p{L}\p{N}]+/gu) ?? []
}

const maxTopicWords = 256

/** The words of a text that say what it is about; of a long text, the first ones. */
export function topicWordsOf(text: string): ReadonlySet<string> {
  const words = new Set(wordsOf(text).filter((word) => word.length > 1 && !emptyWords.has(word)))
  return new Set([...words].slice(0, maxTopicWords))
}

/** Whether two words are forms of one: equal, or with a long common beginning (temperate, temperature). */
function isSameWord(first: string, second: string): boolean {
  if (first === second) return true
  const shorter = Math.min(first.length, second.length)
  let common = 0
  while (common < shorter && first[common] === second[common]) common += 1
  return common >= 4 && common >= shorter - 2
}

/** How many of the words occur among the others, in whatever form. */
export function countShared(words: ReadonlySet<string>, others: ReadonlySet<string>): number {
  let count = 0
  for (const word of words) {
    for (const other of others) {
      if (isSameWord(word, other)) {
        count += 1
        break
      }
    }
  }
  return count
}

/** The text between quotation marks, the outermost pair; `undefined` when there is none. */
export function quotedText(text: string): string | undefined {
  const opening = /(?:^|[\s:([=])(["'“‘«`])/u.exec(text)
  const mark = opening?.[1]
  if (!opening || !mark) return undefined
  const closingMark = { '“': '”', '‘': '’', '«': '»' }[mark] ?? mark
  const start = opening.index + opening[0].length
  const end = text.lastIndexOf(closingMark)
  return end > start ? text.slice(start, end).trim() : undefined
}

/** The numbers in a text, thousands separators removed. */
export function numbersOf(text: string): readonly number[] {
  const found = text.match(/-?\d+(?:,\d{3})*(?:\.\d+)?/g) ?? []
  return found.map((number) => Number(number.replaceAll(',', '')))
}

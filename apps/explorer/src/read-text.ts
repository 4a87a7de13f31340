/** Reads the text of an answer up to a bound: whoever answers may never stop. @throws Error with the sentence for one that is longer */
export async function readText(
  response: Response,
  bound: { readonly maxBytes: number; readonly sentence: string },
): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done) return text + decoder.decode()
    length += value.length
    if (length > bound.maxBytes) {
      await reader?.cancel()
      throw new Error(bound.sentence)
    }
    text += decoder.decode(value, { stream: true })
  }
}

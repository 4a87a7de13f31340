/**
 * Asks one question at a time: whoever comes while it is under way gets its answer. For what anybody may have without a key, though it costs a
 * question of the chain or of the store.
 */
export function askTogether<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined
    })
    return asked
  }
}

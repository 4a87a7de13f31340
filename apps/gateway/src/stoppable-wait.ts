/** Builds what waits for work whose outcome can be asked for again, and rejects at once when the process is to end. */
export function createStoppableWait(signal: AbortSignal): <T>(work: Promise<T>) => Promise<T> {
  // One listener for all that wait.
  const waiting = new Set<(reason: Error) => void>()
  const stopped = (): Error => new Error('the process ends')
  signal.addEventListener('abort', () => {
    for (const reject of waiting) reject(stopped())
  })
  return (work) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) reject(stopped())
      waiting.add(reject)
      work.then(resolve, reject).finally(() => waiting.delete(reject))
    })
}

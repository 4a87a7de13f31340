import { useEffect, useState } from 'react'

/** What came of something that takes time. */
export type Outcome<Value> =
  | { readonly state: 'waiting' }
  | { readonly state: 'done'; readonly value: Value }
  | { readonly state: 'failed'; readonly message: string }

/**
 * Runs `work` whenever `key` changes; an answer that comes late for an older key is dropped. With `keepsLast` the last answer stands until the
 * next one is there: for what is only read again.
 */
export function useAsync<Value>(
  key: string,
  work: () => Promise<Value>,
  { keepsLast = false }: { readonly keepsLast?: boolean } = {},
): Outcome<Value> {
  const [outcome, setOutcome] = useState<{ readonly key: string; readonly outcome: Outcome<Value> }>({
    key,
    outcome: { state: 'waiting' },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when to work again
  useEffect(() => {
    let isCurrent = true
    work().then(
      (value) => {
        if (isCurrent) setOutcome({ key, outcome: { state: 'done', value } })
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : 'Something went wrong.'
        if (isCurrent) setOutcome({ key, outcome: { state: 'failed', message } })
      },
    )
    return () => {
      isCurrent = false
    }
  }, [key])
  return keepsLast || outcome.key === key ? outcome.outcome : { state: 'waiting' }
}

/** Unix seconds, again every `everySeconds`. */
export function useNow(everySeconds = 1): bigint {
  const [now, setNow] = useState(unixNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(unixNow()), everySeconds * 1000)
    return () => clearInterval(timer)
  }, [everySeconds])
  return now
}

function unixNow(): bigint {
  return BigInt(Math.floor(Date.now() / 1000))
}

import type { ReceiptVerdict, VerificationStep } from '@og/client'
import { useEffect, useRef, useState } from 'react'
import { trustedAddress } from '../worker-address.js'
import type { ReceiptAnswer, ReceiptRequest } from './receipt-worker.js'

/** How far the check of a receipt is. */
export type ReceiptCheck =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly steps: readonly VerificationStep[] }
  | { readonly state: 'over'; readonly verdict: ReceiptVerdict; readonly took: number }
  | { readonly state: 'failed'; readonly message: string }

/** Checks receipts in a thread of its own, one at a time. */
export function useReceiptCheck(): {
  readonly check: ReceiptCheck
  readonly start: (request: ReceiptRequest) => void
  readonly clear: () => void
} {
  const [check, setCheck] = useState<ReceiptCheck>({ state: 'none' })
  const worker = useRef<Worker | null>(null)
  const stop = (): void => {
    worker.current?.terminate()
    worker.current = null
  }
  useEffect(() => () => worker.current?.terminate(), [])

  const take = (answer: ReceiptAnswer): void => {
    if (answer.type === 'step') {
      setCheck((before) => {
        const steps = before.state === 'running' ? before.steps : []
        return { state: 'running', steps: [...steps, answer.step] }
      })
      return
    }
    stop()
    if (answer.type === 'failed') setCheck({ state: 'failed', message: answer.message })
    else setCheck({ state: 'over', verdict: answer.verdict, took: answer.took })
  }
  return {
    check,
    start: (request) => {
      stop()
      setCheck({ state: 'running', steps: [] })
      const started = new Worker(trustedAddress('receipt'), { type: 'module' })
      worker.current = started
      started.addEventListener('message', ({ data }: MessageEvent<ReceiptAnswer>) => take(data))
      started.addEventListener('error', () =>
        take({ type: 'failed', message: 'This browser could not start the check: reload the page and try again.' }),
      )
      started.postMessage(request)
    },
    clear: () => {
      stop()
      setCheck({ state: 'none' })
    },
  }
}

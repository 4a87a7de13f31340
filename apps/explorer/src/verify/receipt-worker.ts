import { type ReceiptVerdict, type VerificationStep, type VerifyReceiptOptions, verifyReceipt } from '@og/client'

/** What the page asks for. */
export interface ReceiptRequest {
  readonly receipt: string
  readonly options: Pick<VerifyReceiptOptions, 'trust' | 'request' | 'response' | 'rpcUrl' | 'record'>
}

/** What comes back: each check as it ends, then the verdict, or why there is none. */
export type ReceiptAnswer =
  | { readonly type: 'step'; readonly step: VerificationStep }
  | { readonly type: 'verdict'; readonly verdict: ReceiptVerdict; readonly took: number }
  | { readonly type: 'failed'; readonly message: string }

// A thread of its own: the page stays free to show what has been checked so far.
addEventListener('message', ({ data }: MessageEvent<ReceiptRequest>) => {
  const answer = (message: ReceiptAnswer): void => postMessage(message)
  const started = performance.now()
  verifyReceipt(data.receipt, { ...data.options, onStep: (step) => answer({ type: 'step', step }) }).then(
    (verdict) => answer({ type: 'verdict', verdict, took: performance.now() - started }),
    (error: unknown) =>
      answer({ type: 'failed', message: error instanceof Error ? error.message : 'That cannot be read.' }),
  )
})

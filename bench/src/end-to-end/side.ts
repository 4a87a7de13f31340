/** A call that was paid for and answered. */
export interface PaidCall {
  /** From the call to the whole answer in the caller's hands, in milliseconds. */
  readonly totalMs: number
  /** From the call to the first byte of the answer; of unstreamed calls the same as the total. */
  readonly firstByteMs: number
}

/** One stack as the caller sees it. */
export interface Side {
  /** Pays for one answer. Each call sends another body. @throws Error with a short reason when the call failed */
  readonly call: (options: { readonly stream: boolean }) => Promise<PaidCall>
  /** Pays for one answer and waits until the payment stands on the chain, in milliseconds. */
  readonly callUntilSettled: () => Promise<number>
  /** Waits until nothing of this side is under way any more. */
  readonly drain: () => Promise<void>
}

/** Longest time that one call may take before it counts as failed. */
export const callTimeoutMs = 20_000

/** The body of the n-th call of a side. */
export function promptOf(number: number, { stream }: { readonly stream: boolean }): string {
  return `Say twenty words, please. Request ${number}.${stream ? ' [slow]' : ''}`
}

/** What both sides ask for besides the prompt. */
export const callModel = 'openai/gpt-4o'
/** Most tokens that are asked for; it bounds our price. */
export const callMaxTokens = 64

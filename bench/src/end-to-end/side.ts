import { mockAnswer, slowMark } from './mock-upstream.js'

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
  return `Say twenty words, please. Request ${number}.${stream ? ` ${slowMark}` : ''}`
}

/** What both sides ask for besides the prompt. */
export const callModel = 'openai/gpt-4o'
/** Most tokens that are asked for; it bounds our price. */
export const callMaxTokens = 64

/** Everything that is answered comes from the mock provider, whole. @throws Error when it does not */
export function checkAnswer(text: unknown): void {
  if (text !== mockAnswer) throw new Error('the answer is not the provider’s')
}

/** The text of an unstreamed or streamed answer in the OpenAI shape. */
export function answerTextOf(body: string): string {
  if (!body.startsWith('data: ')) return contentOf(JSON.parse(body))
  const events = body.split('\n\n').filter((event) => event.startsWith('data: {'))
  return events.map((event) => contentOf(JSON.parse(event.slice('data: '.length)))).join('')
}

function contentOf(answer: {
  readonly choices: readonly {
    readonly message?: { readonly content?: string }
    readonly delta?: { readonly content?: string }
  }[]
}): string {
  const [choice] = answer.choices
  return choice?.message?.content ?? choice?.delta?.content ?? ''
}

import type { OutsideVerdict } from '@og/settlement'
import { failedStepOf, type VerificationStep } from './verification.js'

/** Steps as a part of a receipt's proof: it holds when all of them do. `fallback` is the code of a step that has none. */
export function outsideVerdictOf(steps: readonly VerificationStep[], fallback: string): OutsideVerdict {
  const failed = failedStepOf(steps)
  const listed = steps.map(({ name, ok, code, detail }) =>
    ok
      ? { name, ok, ...(detail === undefined ? {} : { detail }) }
      : { name, ok, code: code ?? fallback, detail: detail ?? 'failed' },
  )
  return failed === undefined
    ? { ok: true, steps: listed }
    : {
        ok: false,
        code: failed.code ?? fallback,
        detail: `${failed.name}: ${failed.detail ?? 'failed'}`,
        steps: listed,
      }
}

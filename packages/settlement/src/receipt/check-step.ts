import { SettlementError } from '../settlement-error.js'

/** One named check and how it went. */
export type CheckStep<Code extends string = string> =
  | { readonly name: string; readonly ok: true; readonly detail?: string }
  | { readonly name: string; readonly ok: false; readonly code: Code; readonly detail: string }

/** Judges by all steps: the first one that failed gives the code. `notChecked` names what nobody looked at. */
export type CheckVerdict<Code extends string = string> =
  | { readonly ok: true; readonly steps: readonly CheckStep<Code>[]; readonly notChecked: readonly string[] }
  | {
      readonly ok: false
      readonly code: Code
      readonly detail: string
      readonly steps: readonly CheckStep<Code>[]
      readonly notChecked: readonly string[]
    }

/** What a check says: undefined when it holds, else why not. */
export interface Refusal<Code extends string> {
  readonly code: Code
  readonly detail: string
}

/** Collects steps; a check that throws a SettlementError has failed with the code of its step. */
export interface StepRecorder<Code extends string> {
  readonly check: (name: string, code: Code, test: () => string | Refusal<Code> | undefined) => void
  readonly skip: (name: string) => void
  readonly add: (step: CheckStep<Code>) => void
  readonly verdict: () => CheckVerdict<Code>
}

/** The side of a recorder that takes steps. */
export type StepTaker<Code extends string> = Omit<StepRecorder<Code>, 'verdict'>

/** Creates an empty recorder of steps, which tells of each as it comes. */
export function createStepRecorder<Code extends string>(onStep?: (step: CheckStep<Code>) => void): StepRecorder<Code> {
  const steps: CheckStep<Code>[] = []
  const notChecked: string[] = []
  const add = (step: CheckStep<Code>): void => {
    steps.push(step)
    onStep?.(step)
  }
  return {
    check: (name, code, test) => {
      const refusal = refusalOf(code, test)
      add(refusal === undefined ? { name, ok: true } : { name, ok: false, ...refusal })
    },
    skip: (name) => {
      notChecked.push(name)
    },
    add,
    verdict: () => {
      for (const step of steps) {
        if (!step.ok) return { ok: false, code: step.code, detail: step.detail, steps, notChecked }
      }
      return { ok: true, steps, notChecked }
    },
  }
}

function refusalOf<Code extends string>(
  code: Code,
  test: () => string | Refusal<Code> | undefined,
): Refusal<Code> | undefined {
  try {
    const found = test()
    return typeof found === 'string' ? { code, detail: found } : found
  } catch (error) {
    if (error instanceof SettlementError) return { code, detail: error.message }
    throw error
  }
}

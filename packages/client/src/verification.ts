import type { Hex } from '@og/settlement'

/** One named check and how it went. */
export interface VerificationStep {
  readonly name: string
  readonly ok: boolean
  /** Why it failed, for machines. */
  readonly code?: string | undefined
  /** Why it failed or what was found, for people. Never holds a prompt or an answer. */
  readonly detail?: string | undefined
}

/** What was checked about one answer, and what was not. */
export interface Verification {
  readonly ok: boolean
  /** The node, `keccak256(JCS(manifest))`; null when it showed no manifest that can be read. */
  readonly nodeId: Hex | null
  /** Platform of the verified quote; null when no quote was verified. */
  readonly platform: 'intel' | 'simulated' | null
  /**
   * What stands behind the answer: an enclave proves what was sent to a provider, never which weights ran there. Of a node that has not proved
   * itself, whatever it says, `vanilla` or `scripted`.
   */
  readonly label: AnswerLabel | null
  readonly steps: readonly VerificationStep[]
  /** What this verification says nothing about, one sentence each. */
  readonly notChecked: readonly string[]
}

/** How an answer came about. */
export type AnswerLabel = 'scripted' | 'tls-witnessed' | 'model-in-enclave' | 'vanilla'

/** Collects named steps in order; every step is kept, also after a failure. */
export interface StepList {
  readonly steps: readonly VerificationStep[]
  /** Notes a check. Returns whether it held. */
  check(name: string, ok: boolean, failure: { readonly code: string; readonly detail: string }): boolean
  /** Takes over the steps of another verifier under a prefix. */
  take(steps: readonly VerificationStep[]): void
}

/** Creates an empty list of steps. */
export function createStepList(): StepList {
  const steps: VerificationStep[] = []
  return {
    steps,
    check(name, ok, failure) {
      steps.push(ok ? { name, ok } : { name, ok, code: failure.code, detail: failure.detail })
      return ok
    },
    take(taken) {
      steps.push(...taken)
    },
  }
}

/** The first step that failed. */
export function failedStepOf(steps: readonly VerificationStep[]): VerificationStep | undefined {
  return steps.find((step) => !step.ok)
}

/** The verification of an exchange that ended before its receipt could be judged: what was known of the node, and the step that failed. */
export function refusedVerification(
  node: (Pick<Verification, 'platform' | 'steps' | 'notChecked'> & { readonly nodeId: Hex }) | null,
  ...failed: readonly VerificationStep[]
): Verification {
  return {
    ok: false,
    nodeId: node?.nodeId ?? null,
    platform: node?.platform ?? null,
    label: null,
    steps: [...(node?.steps ?? []), ...failed],
    notChecked: node?.notChecked ?? [],
  }
}

import type { ReactNode } from 'react'
import { explanationOf } from './explain-check.js'

/** One named check. `ok` is null for what was not checked. */
export interface Step {
  readonly name: string
  readonly ok: boolean | null
  readonly detail?: string | undefined
  /** Of a check that failed. */
  readonly code?: string | undefined
}

const words = { true: 'passed', false: 'failed', null: 'not checked' } as const
/** So many checks stand in two columns where there is room. */
const many = 8
const signs = { true: '✓', false: '✕', null: '–' } as const

/** Checks in their order, each with how it went. */
export function StepList({ steps, label }: { readonly steps: readonly Step[]; readonly label: string }): ReactNode {
  return (
    <ol className={steps.length > many ? 'steps steps-many' : 'steps'} aria-label={label}>
      {steps.map((step, index) => {
        const key = `${step.ok}` as 'true' | 'false' | 'null'
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: checks have an order and may repeat a name
          <li key={index} className={`step step-${key}`}>
            <span className="step-sign" aria-hidden="true">
              {signs[key]}
            </span>
            <span className="step-name">{step.name}</span>
            <span className="visually-hidden">{words[key]}</span>
            {step.detail !== undefined && step.detail !== '' && <span className="step-detail">{step.detail}</span>}
            {step.ok === false && step.code !== undefined && (
              <span className="step-detail">
                <code>{step.code}</code> {explanationOf(step.code)}
              </span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

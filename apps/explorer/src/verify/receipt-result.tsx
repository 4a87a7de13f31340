import type { ReceiptVerdict } from '@og/client'
import type { ReactNode } from 'react'
import { explanationOf } from '../components/explain-check.js'
import { Badge, meaningOf } from '../components/mode-badge.js'
import { Facts, Panel, Problem } from '../components/panel.js'
import { StepList } from '../components/step-list.js'
import { formatAmount, formatTime } from '../format.js'
import type { ReceiptCheck } from './use-receipt-check.js'

/** How a check goes and how it ended: in a sentence, then what the receipt says, then check by check. */
export function ReceiptResult({ check }: { readonly check: ReceiptCheck }): ReactNode {
  const verdict = check.state === 'over' ? check.verdict : null
  return (
    <>
      {/* Read aloud as a sentence when it starts and when it ends, not at every check. */}
      <div aria-live="polite">
        {check.state === 'running' && <p className="running">Checking…</p>}
        {check.state === 'failed' && <Problem>{check.message}</Problem>}
        {verdict !== null && <Sentence verdict={verdict} />}
      </div>
      {verdict?.ok === true && <Words bundle={verdict.bundle} />}
      {check.state === 'running' && (
        <Panel title="Checks" note={`${check.steps.length} so far`}>
          <progress aria-label="Checking the receipt" />
          <StepList steps={check.steps} label="Checks of the receipt" />
        </Panel>
      )}
      {check.state === 'over' && (
        <>
          <Panel title="Checks" note={countOf(check)}>
            <StepList steps={check.verdict.steps} label="Checks of the receipt" />
          </Panel>
          <Panel title="Not checked">
            <StepList
              steps={check.verdict.notChecked.map((name) => ({ name, ok: null }))}
              label="What was not checked"
            />
          </Panel>
        </>
      )}
    </>
  )
}

function countOf({ verdict, took }: Extract<ReceiptCheck, { readonly state: 'over' }>): string {
  const failed = verdict.steps.filter(({ ok }) => !ok).length
  const word = failed === 0 ? '' : `, ${failed} of them failed`
  return `${verdict.steps.length} checks in ${Math.ceil(took)} ms, in this page${word}`
}

function Sentence({ verdict }: { readonly verdict: ReceiptVerdict }): ReactNode {
  if (verdict.ok) return <p className="seal">The receipt holds: every check below passed.</p>
  return (
    <Problem>
      Refused: <code>{verdict.code}</code>. {verdict.detail}. {explanationOf(verdict.code)} Do not rely on this receipt.
    </Problem>
  )
}

function Words({ bundle }: { readonly bundle: Extract<ReceiptVerdict, { ok: true }>['bundle'] }): ReactNode {
  const { receipt, terms, offer } = bundle
  const price = (amount: bigint): string => formatAmount(amount, offer.decimals)
  const mode = receipt.mode === 1 ? 'TEE' : 'VANILLA'
  return (
    <Panel title="What it says">
      <p>
        <Badge name={mode} /> {meaningOf(mode)}
      </p>
      <Facts
        rows={[
          ['finished', formatTime(receipt.finishedAt)],
          ['model asked', terms.modelRequested],
          ['model that answered', terms.modelAnswered],
          ['provider', terms.upstream],
          ['tokens', `${terms.promptTokens} in, ${terms.completionTokens} out`],
          ['authorised', `${price(terms.authorized)} of ${terms.asset}`],
          ['charged', `${price(terms.charged)} to ${terms.payTo}`],
          ['payer', terms.payer],
          ['payment hash', receipt.paymentHash],
        ]}
      />
    </Panel>
  )
}

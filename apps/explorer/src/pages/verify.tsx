import { type ReceiptVerdict, verifyReceipt } from '@og/client'
import { type DragEvent, type ReactNode, useState } from 'react'
import { explanationOf } from '../components/explain-check.js'
import { Badge, meaningOf } from '../components/mode-badge.js'
import { Facts, Panel, Problem } from '../components/panel.js'
import { StepList } from '../components/step-list.js'
import { formatAmount, formatTime } from '../format.js'
import type { Network } from '../network/network.js'

const parts = ['receipt', 'request', 'response'] as const
type Part = (typeof parts)[number]
const maxFileBytes = 8_388_608

/** Checks a receipt in this page. Nothing leaves it unless the visitor wants the chain asked. */
export function Verify({ network }: { readonly network: Network | null }): ReactNode {
  const [texts, setTexts] = useState<Partial<Record<Part, string>>>({})
  const [platform, setPlatform] = useState<'intel' | 'simulator'>(
    network?.trust.platform === 'simulated' ? 'simulator' : 'intel',
  )
  const [isChainAsked, setChainAsked] = useState(false)
  const [verdict, setVerdict] = useState<ReceiptVerdict | null>(null)
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [took, setTook] = useState(0)

  const take = async (files: readonly File[]): Promise<void> => {
    const taken: Partial<Record<Part, string>> = {}
    for (const file of files) {
      if (file.size > maxFileBytes) return setProblem(`${file.name} is larger than this page reads.`)
      taken[partOf(file.name)] = await file.text()
    }
    setVerdict(null)
    setProblem('')
    setTexts((before) => ({ ...before, ...taken }))
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    void take([...event.dataTransfer.files])
  }
  const run = async (): Promise<void> => {
    setBusy(true)
    setProblem('')
    try {
      const { receipt = '', request, response } = texts
      const started = performance.now()
      setVerdict(
        await verifyReceipt(receipt, {
          trust: platform,
          ...(request === undefined ? {} : { request }),
          ...(response === undefined ? {} : { response }),
          ...(isChainAsked && network !== null ? { rpcUrl: network.rpc } : {}),
        }),
      )
      setTook(performance.now() - started)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'That cannot be read.')
    }
    setBusy(false)
  }
  return (
    <>
      <h1>Verify a receipt</h1>
      <p className="note">
        Everything is checked here, in this page; nothing is sent anywhere. With request and answer beside the receipt,
        their hashes are checked too.
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut for the file field inside */}
      <div className="drop" onDrop={drop} onDragOver={(event) => event.preventDefault()}>
        <label htmlFor="files">Drop receipt.json, request.json and response.json here, or choose them</label>
        <input
          id="files"
          type="file"
          multiple
          accept=".json,application/json"
          onChange={(event) => void take([...(event.target.files ?? [])])}
        />
        <p className="note">
          {parts.map((part) => `${part}: ${texts[part] === undefined ? 'not given' : 'given'}`).join(' · ')}
        </p>
      </div>
      <div className="row">
        <div>
          <label htmlFor="trust">Whose word about the hardware is believed</label>
          <select
            id="trust"
            value={platform}
            onChange={(event) => setPlatform(event.target.value === 'intel' ? 'intel' : 'simulator')}
          >
            <option value="intel">Intel’s root</option>
            <option value="simulator">the simulator (development)</option>
          </select>
        </div>
        {network !== null && (
          <label>
            <input type="checkbox" checked={isChainAsked} onChange={(event) => setChainAsked(event.target.checked)} />{' '}
            ask the chain at {network.rpc} for the anchor
          </label>
        )}
        <button
          type="button"
          className="main"
          disabled={texts.receipt === undefined || isBusy}
          onClick={() => void run()}
        >
          {isBusy ? 'Checking…' : 'Verify'}
        </button>
      </div>
      <div aria-live="polite">
        {problem !== '' && <Problem>{problem}</Problem>}
        {verdict !== null && <Verdict verdict={verdict} took={took} />}
      </div>
    </>
  )
}

function partOf(name: string): Part {
  return parts.find((part) => name.toLowerCase().includes(part)) ?? 'receipt'
}

function Verdict({ verdict, took }: { readonly verdict: ReceiptVerdict; readonly took: number }): ReactNode {
  return (
    <>
      {verdict.ok ? (
        <p className="seal">The receipt holds: every check below passed.</p>
      ) : (
        <Problem>
          Refused: <code>{verdict.code}</code>. {verdict.detail} {explanationOf(verdict.code)} Do not rely on this
          receipt.
        </Problem>
      )}
      {verdict.ok && <Words bundle={verdict.bundle} />}
      <Panel title="Checks" note={`${verdict.steps.length} checks in ${Math.ceil(took)} ms, in this page`}>
        <StepList steps={verdict.steps} label="Checks of the receipt" />
      </Panel>
      <Panel title="Not checked">
        <StepList steps={verdict.notChecked.map((name) => ({ name, ok: null }))} label="What was not checked" />
      </Panel>
    </>
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

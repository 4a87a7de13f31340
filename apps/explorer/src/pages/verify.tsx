import { type DragEvent, type ReactNode, useState } from 'react'
import { Problem } from '../components/panel.js'
import type { Network } from '../network/network.js'
import { ReceiptResult } from '../verify/receipt-result.js'
import { useReceiptCheck } from '../verify/use-receipt-check.js'

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
  const [problem, setProblem] = useState('')
  const { check, start, clear } = useReceiptCheck()
  const isBusy = check.state === 'running'

  const take = async (files: readonly File[]): Promise<void> => {
    const taken: Partial<Record<Part, string>> = {}
    for (const file of files) {
      if (file.size > maxFileBytes) return setProblem(`${file.name} is larger than this page reads.`)
      taken[partOf(file.name)] = await file.text()
    }
    clear()
    setProblem('')
    setTexts((before) => ({ ...before, ...taken }))
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    void take([...event.dataTransfer.files])
  }
  const run = (): void => {
    const { receipt = '', request, response } = texts
    start({
      receipt,
      options: {
        trust: platform,
        ...(request === undefined ? {} : { request }),
        ...(response === undefined ? {} : { response }),
        ...(isChainAsked && network !== null
          ? { rpcUrl: network.rpc, record: { chainId: BigInt(network.chainId), inferenceLog: network.inferenceLog } }
          : {}),
      },
    })
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
        <button type="button" className="main" disabled={texts.receipt === undefined || isBusy} onClick={run}>
          {isBusy ? 'Checking…' : 'Verify'}
        </button>
      </div>
      {problem !== '' && <Problem>{problem}</Problem>}
      <ReceiptResult check={check} />
    </>
  )
}

function partOf(name: string): Part {
  return parts.find((part) => name.toLowerCase().includes(part)) ?? 'receipt'
}

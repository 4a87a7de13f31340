import { type ReactNode, useState } from 'react'
import { CopyButton } from '../components/copy-button.js'
import { Hash } from '../components/hash.js'
import { Badge, meaningOf } from '../components/mode-badge.js'
import { Empty, Facts, Panel, Problem } from '../components/panel.js'
import { StepList } from '../components/step-list.js'
import { formatAmount } from '../format.js'
import { useNetwork } from '../network/network-context.js'
import { fetchNodeJson } from '../node/fetch-node.js'
import { codeSamplesOf } from '../playground/code-samples.js'
import { Conversation, type Turn } from '../playground/conversation.js'
import { listEndpoints } from '../playground/list-endpoints.js'
import { Payer } from '../playground/payer.js'
import { type PlaygroundCall, startingCall } from '../playground/playground-call.js'
import { runCall } from '../playground/run-call.js'
import { burnerWallet, connectBrowserWallet, type Wallet } from '../playground/wallet.js'
import { useAsync } from '../use-async.js'
import { saveJson } from './save-json.js'

const settlementModes = ['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH'] as const

/** A paid, verified call from this page, with every stage shown. */
export function Playground(): ReactNode {
  const { network, feed } = useNetwork()
  const endpoints = useAsync('endpoints', () => listEndpoints(network, feed.client))
  if (endpoints.state === 'waiting') return <Empty>Looking for nodes…</Empty>
  if (endpoints.state === 'failed') return <Problem>{endpoints.message}</Problem>
  if (endpoints.value.length === 0) return <Empty>No registered node answers, so there is nobody to ask.</Empty>
  return <Form endpoints={endpoints.value} />
}

function Form({
  endpoints,
}: {
  readonly endpoints: readonly { readonly url: string; readonly mode: 'TEE' | 'VANILLA' }[]
}): ReactNode {
  const { network } = useNetwork()
  const [wallet, setWallet] = useState<Wallet | null>(() => burnerWallet(network))
  const [problem, setProblem] = useState('')
  const [url, setUrl] = useState(() => (endpoints.find(({ mode }) => mode === 'TEE') ?? endpoints[0])?.url ?? '')
  const node = endpoints.find((endpoint) => endpoint.url === url)
  const models = useAsync(`models of ${url}`, async () => modelsOf(await fetchNodeJson(url, '/v1/models')))
  const [chosenModel, setModel] = useState('')
  const model = chosenModel !== '' ? chosenModel : models.state === 'done' ? (models.value[0] ?? '') : ''
  const [settlement, setSettlement] = useState<(typeof settlementModes)[number]>('SETTLE')
  const [limit, setLimit] = useState('0.05')
  const [withTool, setWithTool] = useState(false)
  const [prompt, setPrompt] = useState("Translate the following English text to French: 'Hello, how are you?'")
  const [call, setCall] = useState<PlaygroundCall | null>(null)
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const [settledCalls, setSettledCalls] = useState(0)
  const isBusy = call !== null && !call.isOver
  const mode = node?.mode ?? 'VANILLA'

  const connect = (): void => {
    connectBrowserWallet().then(setWallet, (error: unknown) => {
      setProblem(error instanceof Error ? error.message : 'The wallet could not be connected.')
    })
  }
  const send = (): void => {
    const maxPerCall = parseAmount(limit, network.token.decimals)
    if (wallet === null || maxPerCall === null) {
      setProblem(wallet === null ? 'Choose who pays first.' : 'The limit is not an amount.')
      return
    }
    setProblem('')
    setCall(startingCall)
    const question: Turn = { role: 'user', content: prompt }
    const messages = [...turns, question]
    void runCall(
      { network, wallet, baseUrl: url, mode, model, messages, settlement, maxPerCall, withTool },
      (change) => {
        setCall((before) => ({ ...(before ?? startingCall), ...change }))
        // Only an answer that was verified is shown to the model again.
        if (change.isOver === true) setSettledCalls((count) => count + 1)
        if (change.result != null) setTurns([...messages, { role: 'assistant', content: change.text ?? '' }])
      },
    )
  }
  return (
    <>
      <h1>Playground</h1>
      <Payer wallet={wallet} calls={settledCalls} onConnect={connect} />
      <Panel title="Ask">
        <div className="row">
          <div>
            <label htmlFor="node">Node</label>
            <select id="node" value={url} onChange={(event) => setUrl(event.target.value)}>
              {endpoints.map((endpoint) => (
                <option key={endpoint.url} value={endpoint.url}>
                  {`${endpoint.mode} at ${endpoint.url}`}
                </option>
              ))}
            </select>
          </div>
          <div>
            <label htmlFor="model">Model</label>
            <select id="model" value={model} onChange={(event) => setModel(event.target.value)}>
              {(models.state === 'done' ? models.value : []).map((id) => (
                <option key={id}>{id}</option>
              ))}
            </select>
          </div>
          <div>
            <label htmlFor="settlement">Settlement</label>
            <select
              id="settlement"
              value={settlement}
              onChange={(event) => setSettlement(settlementModes.find((one) => one === event.target.value) ?? 'SETTLE')}
            >
              {settlementModes.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </div>
          <div>
            <label htmlFor="limit">{`At most, ${network.token.symbol}`}</label>
            <input
              id="limit"
              inputMode="decimal"
              size={8}
              value={limit}
              onChange={(event) => setLimit(event.target.value)}
            />
          </div>
        </div>
        <p className="note">{meaningOf(settlement)}</p>
        {turns.length > 0 && (
          <>
            <Conversation turns={turns} />
            <button type="button" onClick={() => setTurns([])} disabled={isBusy}>
              Start over
            </button>
          </>
        )}
        <label htmlFor="prompt">Prompt</label>
        <textarea id="prompt" rows={3} value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        <label>
          <input type="checkbox" checked={withTool} onChange={(event) => setWithTool(event.target.checked)} /> offer the
          tool <code>get_current_weather</code>, answered by this page
        </label>
        {problem !== '' && <Problem>{problem}</Problem>}
        <p>
          <button
            type="button"
            className="main"
            onClick={send}
            disabled={isBusy || model === '' || prompt.trim() === ''}
          >
            {isBusy ? 'Working…' : 'Pay and ask'}
          </button>
        </p>
      </Panel>
      {call !== null && <CallView call={call} />}
      <Samples
        sample={{
          baseUrl: url,
          model,
          prompt,
          inferenceMode: mode,
          settlementMode: settlement,
          platform: network.trust.platform,
        }}
      />
    </>
  )
}

function CallView({ call }: { readonly call: PlaygroundCall }): ReactNode {
  const { network } = useNetwork()
  return (
    <Panel title="The call">
      <StepList steps={call.stages} label="Stages of the call" />
      <div className="answer" aria-live="polite" data-state={call.isOver ? 'over' : 'running'}>
        {call.text}
      </div>
      {call.problem !== null && <Problem>{call.problem}</Problem>}
      {call.result !== null && (
        <>
          <p className="seal">
            <Badge name={call.result.verification.label ?? 'vanilla'} />{' '}
            {`${call.result.verification.steps.length} checks passed, charged `}
            {formatAmount(call.result.charge.charged, network.token.decimals)} of{' '}
            {formatAmount(call.result.charge.authorized, network.token.decimals)} {network.token.symbol} that were
            authorised
          </p>
          <Facts
            rows={[
              [
                'payment hash',
                <Hash key="p" value={call.result.paymentHash} href={`#/inference/${call.result.paymentHash}`} />,
              ],
              ['model that answered', call.result.model],
            ]}
          />
          <details>
            <summary>{`All ${call.result.verification.steps.length} checks`}</summary>
            <StepList steps={call.result.verification.steps} label="Checks of the answer" />
          </details>
        </>
      )}
      {call.receipt !== null && (
        <p className="row">
          <button type="button" onClick={() => saveJson('receipt.json', call.receipt)}>
            Save receipt.json
          </button>
          <button type="button" onClick={() => saveJson('request.json', call.result?.request)}>
            Save request.json
          </button>
          <button type="button" onClick={() => saveJson('response.json', call.result?.response)}>
            Save response.json
          </button>
        </p>
      )}
    </Panel>
  )
}

function Samples({ sample }: { readonly sample: Parameters<typeof codeSamplesOf>[0] }): ReactNode {
  return (
    <Panel title="The same call in your program">
      {codeSamplesOf(sample).map(({ name, code }) => (
        <details key={name}>
          <summary>{name}</summary>
          <CopyButton text={code} label={`Copy the code for ${name}`} />
          <pre>{code}</pre>
        </details>
      ))}
    </Panel>
  )
}

function modelsOf(answer: Readonly<Record<string, unknown>>): readonly string[] {
  const data = answer['data']
  if (!Array.isArray(data)) return []
  return data.flatMap((model: unknown) =>
    typeof model === 'object' && model !== null && 'id' in model && typeof model.id === 'string' ? [model.id] : [],
  )
}

/** Reads a decimal amount into atomic units; null when it is none. */
function parseAmount(text: string, decimals: number): bigint | null {
  const match = /^([0-9]{1,12})(?:\.([0-9]{1,18}))?$/.exec(text.trim())
  const fraction = match?.[2] ?? ''
  if (match === null || fraction.length > decimals) return null
  return BigInt(`${match[1]}${fraction.padEnd(decimals, '0')}`)
}

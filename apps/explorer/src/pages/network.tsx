import { type ReactNode, useState } from 'react'
import { Facts, Panel, Problem } from '../components/panel.js'
import { forgetNetwork, isNetworkEntered, keepNetwork } from '../network/load-network.js'
import type { Network } from '../network/network.js'

const example = `{
  "name": "my network",
  "chainId": 84532,
  "rpc": "https://…",
  "inferenceLog": "0x…",
  "nodeRegistry": "0x…",
  "token": { "address": "0x…", "symbol": "USDC", "decimals": 6 },
  "fromBlock": 0,
  "trust": { "platform": "intel", "measurements": "any-measurement" }
}`

/** Which network is shown, and how to show another one. */
export function NetworkPage(props: { readonly network: Network | null; readonly onChange: () => void }): ReactNode {
  const { network, onChange } = props
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const apply = (): void => {
    try {
      keepNetwork(text)
      setProblem('')
      onChange()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'That cannot be read.')
    }
  }
  return (
    <>
      <h1>Network</h1>
      {network === null && (
        <p>
          No network is described beside this page. <code>npm run devnet</code> starts one with its explorer; or
          describe one here. It stays in this browser.
        </p>
      )}
      {network !== null && (
        <Panel title={network.name}>
          <Facts
            rows={[
              ['chain', `${network.chainId}`],
              ['JSON-RPC', network.rpc],
              ['InferenceLog', network.inferenceLog],
              ['NodeRegistry', network.nodeRegistry],
              ['token', `${network.token.symbol} at ${network.token.address}`],
              ['indexer', network.indexer ?? 'none'],
              ['enclaves believed', network.trust.platform],
            ]}
          />
          {isNetworkEntered() && (
            <p>
              <button
                type="button"
                onClick={() => {
                  forgetNetwork()
                  onChange()
                }}
              >
                Forget what was entered here
              </button>
            </p>
          )}
        </Panel>
      )}
      <Panel title="Show another network">
        <label htmlFor="network">Its description as JSON</label>
        <textarea
          id="network"
          className="code"
          rows={11}
          spellCheck={false}
          placeholder={example}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {problem !== '' && <Problem>{problem}</Problem>}
        <p>
          <button type="button" className="main" onClick={apply} disabled={text.trim() === ''}>
            Show it
          </button>
        </p>
      </Panel>
    </>
  )
}

import type { ReactNode } from 'react'
import { erc20Abi } from 'viem'
import { Hash } from '../components/hash.js'
import { Panel } from '../components/panel.js'
import { formatAmount } from '../format.js'
import { useNetwork } from '../network/network-context.js'
import { useAsync } from '../use-async.js'
import { hasBrowserWallet, type Wallet } from './wallet.js'

/** Who pays, and what it holds. */
export function Payer(props: {
  readonly wallet: Wallet | null
  /** Grows with every call: then the balance is read again. */
  readonly calls: number
  readonly onConnect: () => void
}): ReactNode {
  const { wallet, calls, onConnect } = props
  return (
    <Panel title="Who pays">
      {wallet === null ? (
        <p>Nobody yet.</p>
      ) : (
        <>
          <p>
            {wallet.name} <Hash value={wallet.account.address} />
            {wallet.name === 'burner key' && ' (a throw-away key of this development network)'}
          </p>
          <Balance key={wallet.account.address} address={wallet.account.address} calls={calls} />
        </>
      )}
      {hasBrowserWallet() && (
        <button type="button" onClick={onConnect}>
          Use the browser’s wallet
        </button>
      )}
    </Panel>
  )
}

function Balance({ address, calls }: { readonly address: `0x${string}`; readonly calls: number }): ReactNode {
  const { network, feed } = useNetwork()
  const { token } = network
  const call = { address: token.address, abi: erc20Abi, functionName: 'balanceOf', args: [address] } as const
  const held = useAsync(`${address} ${calls}`, () => feed.client.readContract(call), { keepsLast: true })
  if (held.state === 'waiting') return <p className="balance soft">Reading the balance…</p>
  if (held.state === 'failed') return <p className="balance soft">The token does not tell the balance.</p>
  return (
    <p className="balance">
      holds {formatAmount(held.value, token.decimals)} {token.symbol}
      {held.value === 0n && ': it cannot pay yet'}
    </p>
  )
}

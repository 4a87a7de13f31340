import { createContext, useContext } from 'react'
import type { RecordFeed } from '../chain/record-feed.js'
import type { Network } from './network.js'

/** What every page reads: the network, and what was seen on its chain so far. */
export interface NetworkView {
  readonly network: Network
  readonly feed: RecordFeed
}

export const NetworkContext = createContext<NetworkView | null>(null)

/** The network of the page around. */
export function useNetwork(): NetworkView {
  const view = useContext(NetworkContext)
  if (view === null) throw new Error('useNetwork needs a NetworkContext')
  return view
}

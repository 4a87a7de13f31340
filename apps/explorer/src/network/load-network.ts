import { type Network, NetworkError, parseNetwork } from './network.js'

const storageKey = 'og-explorer-network'

/** The network that the visitor entered, or the one described beside the page; `null` when there is neither. */
export async function loadNetwork(): Promise<Network | null> {
  const entered = localStorage.getItem(storageKey)
  if (entered !== null) return parseNetwork(JSON.parse(entered))
  const response = await fetch('./network.json', { cache: 'no-store' }).catch(() => undefined)
  if (response === undefined || !response.ok) return null
  const text = await response.text()
  if (text.length > 65_536) throw new NetworkError('network.json is too long')
  try {
    return parseNetwork(JSON.parse(text))
  } catch (error) {
    // A server that answers every path with a page has no description.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Keeps what the visitor entered, after checking it. @throws NetworkError, SyntaxError */
export function keepNetwork(text: string): Network {
  const network = parseNetwork(JSON.parse(text))
  localStorage.setItem(storageKey, text)
  return network
}

/** Forgets what the visitor entered. */
export function forgetNetwork(): void {
  localStorage.removeItem(storageKey)
}

/** Whether the network in use was entered by the visitor. */
export function isNetworkEntered(): boolean {
  return localStorage.getItem(storageKey) !== null
}

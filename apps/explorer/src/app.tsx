import { type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { chainClientOf } from './chain/chain-client.js'
import { createRecordFeed } from './chain/record-feed.js'
import { ErrorBoundary } from './components/error-boundary.js'
import { Problem } from './components/panel.js'
import { ThemeButton } from './components/theme-button.js'
import { loadNetwork } from './network/load-network.js'
import type { Network } from './network/network.js'
import { NetworkContext } from './network/network-context.js'
import { Home } from './pages/home.js'
import { Checkpoints, History, Inference, NetworkPage, Node, Nodes, Playground, Verify } from './pages/lazy.js'
import { type Route, useRoute } from './routing.js'
import { useAsync } from './use-async.js'

const links = [
  ['home', '#/', 'Now'],
  ['history', '#/history', 'History'],
  ['checkpoints', '#/checkpoints', 'Checkpoints'],
  ['nodes', '#/nodes', 'Nodes'],
  ['verify', '#/verify', 'Verify'],
  ['playground', '#/playground', 'Playground'],
  ['network', '#/network', 'Network'],
] as const

/** The page: header, the route's content, footer. */
export function App(): ReactNode {
  const [round, setRound] = useState(0)
  const loaded = useAsync(`network ${round}`, loadNetwork)
  const route = useRoute()
  const main = useRef<HTMLElement>(null)
  const place = route.page === 'inference' || route.page === 'node' ? `${route.page}/${route.id}` : route.page
  const isFirst = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page takes the focus, so that it is read from its start
  useEffect(() => {
    if (isFirst.current) isFirst.current = false
    else main.current?.focus()
    scrollTo(0, 0)
  }, [place])
  const network = loaded.state === 'done' ? loaded.value : null
  return (
    <>
      <a className="skip" href={location.hash} onClick={() => main.current?.focus()}>
        To the content
      </a>
      <header className="top">
        <a className="brand" href="#/">
          og <span>explorer</span>
        </a>
        <nav aria-label="Pages">
          {links.map(([page, href, text]) => (
            <a key={page} href={href} aria-current={isAt(route, page) ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <span className="where">{network === null ? '' : network.name}</span>
        <ThemeButton />
      </header>
      <main ref={main} tabIndex={-1}>
        <ErrorBoundary key={place}>
          <Suspense fallback={<p className="empty">Loading…</p>}>
            {loaded.state === 'waiting' && <p className="empty">Loading…</p>}
            {loaded.state === 'failed' && <Problem>The network description cannot be used: {loaded.message}</Problem>}
            {loaded.state !== 'waiting' && (
              <Content route={route} network={network} onNetwork={() => setRound((number) => number + 1)} />
            )}
          </Suspense>
        </ErrorBoundary>
      </main>
      {/* History is the word of an indexer, and says so. */}
      {route.page !== 'history' && (
        <footer>Everything on this page is read from the chain and from the nodes, and checked in this browser.</footer>
      )}
    </>
  )
}

function isAt(route: Route, page: string): boolean {
  if (route.page === 'node') return page === 'nodes'
  if (route.page === 'inference') return page === 'home'
  return route.page === page
}

function Content(props: {
  readonly route: Route
  readonly network: Network | null
  readonly onNetwork: () => void
}): ReactNode {
  const { route, network } = props
  const view = useMemo(
    () => (network === null ? null : { network, feed: createRecordFeed(network, { client: chainClientOf(network) }) }),
    [network],
  )
  // These two need no network.
  if (route.page === 'verify') return <Verify network={network} />
  if (route.page === 'network' || view === null) return <NetworkPage network={network} onChange={props.onNetwork} />
  return <NetworkContext value={view}>{pageOf(route)}</NetworkContext>
}

function pageOf(route: Route): ReactNode {
  switch (route.page) {
    case 'home':
      return <Home />
    case 'inference':
      return <Inference key={route.id} id={route.id} />
    case 'history':
      return <History query={route.query} />
    case 'checkpoints':
      return <Checkpoints />
    case 'nodes':
      return <Nodes />
    case 'node':
      return <Node key={route.id} nodeId={route.id} />
    case 'playground':
      return <Playground />
    default:
      return (
        <Problem>
          There is no such page. <a href="#/">Go to what happens now.</a>
        </Problem>
      )
  }
}

import { useSyncExternalStore } from 'react'

/** A page and what it shows. Addresses stand behind `#`, so that any web server can serve the page. */
export type Route =
  | { readonly page: 'home' | 'checkpoints' | 'nodes' | 'verify' | 'playground' | 'network' | 'unknown' }
  | { readonly page: 'inference' | 'node'; readonly id: string }
  | { readonly page: 'history'; readonly query: string }

/** Reads a route from the part behind `#`. */
function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.split('?', 2)
  if (/^#?\/?history$/.test(path)) return { page: 'history', query: query.slice(0, 1_024) }
  const [page = '', id = '', ...rest] = hash.replace(/^#?\/?/, '').split('/')
  if (rest.length > 0) return { page: 'unknown' }
  if (page === '' && id === '') return { page: 'home' }
  if (page === 'inference' || page === 'node') return id === '' ? { page: 'unknown' } : { page, id: id.slice(0, 128) }
  if (id !== '') return { page: 'unknown' }
  if (page === 'checkpoints' || page === 'nodes' || page === 'verify' || page === 'playground' || page === 'network') {
    return { page }
  }
  return { page: 'unknown' }
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

/** The route of the address bar. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash))
}

import { useSyncExternalStore } from 'react'
import { useNetwork } from '../network/network-context.js'
import type { FeedState } from './record-feed.js'

/** What has been seen on the chain; the component is drawn again when something new comes. */
export function useFeed(): FeedState {
  const { feed } = useNetwork()
  return useSyncExternalStore(feed.subscribe, feed.getState)
}

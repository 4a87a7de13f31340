import type { Server } from 'node:http'

const lookMs = 50

/** Stops listening and waits for the answers under way; a kept-alive connection ends with its answer, not with its idle time. */
export async function closeServer(server: Pick<Server, 'close' | 'closeIdleConnections'>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const looking = setInterval(() => server.closeIdleConnections(), lookMs)
  await closed
  clearInterval(looking)
}

import { type BenchChild, startChild } from '../end-to-end/child-process.js'
import type { SideName } from '../take-turns.js'
import type { OurServerReport } from './our-server.js'
import type { ServerConfig } from './terms.js'

/** Both servers, each in a process of its own. */
export interface Servers {
  readonly url: Readonly<Record<SideName, string>>
  /** Which secp256k1 our server found. */
  readonly recover: string
  /** What our server has settled so far. */
  readonly ourReport: () => Promise<OurServerReport>
  readonly stop: () => Promise<void>
}

/** Starts both servers. */
export async function startServers(configs: Readonly<Record<SideName, ServerConfig>>): Promise<Servers> {
  const children: BenchChild[] = []
  const stop = async (): Promise<void> => void (await Promise.all(children.map((child) => child.stop())))
  try {
    const ours = await startChild(new URL('./our-server-child.ts', import.meta.url), configs.ours)
    children.push(ours)
    const peer = await startChild(new URL('./official-server-child.ts', import.meta.url), configs.peer)
    children.push(peer)
    return {
      url: { ours: String(ours.ready['url']), peer: String(peer.ready['url']) },
      recover: String(ours.ready['recover']),
      ourReport: async () => (await ours.ask('report')) as OurServerReport,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

import { type BenchChild, startChild } from '../end-to-end/child-process.js'
import type { SideName } from '../take-turns.js'
import { type BuiltModule, buildModule } from './build-module.js'
import type { OurServerReport } from './our-server.js'
import type { ServerConfig, ServerReport } from './terms.js'

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string
  readonly report: () => Promise<ServerReport>
}

/** Our server, which tells more. */
interface OurServerProcess extends ServerProcess {
  /** What it checks signatures with. */
  readonly tools: string
  readonly report: () => Promise<OurServerReport>
}

/** Starts servers, and stops all that it has started. */
export interface ServerStarter {
  ours(config: ServerConfig): Promise<OurServerProcess>
  peer(config: ServerConfig): Promise<ServerProcess>
  /** The facilitator that says yes at once, over HTTP. */
  instantFacilitator(): Promise<string>
  stop(): Promise<void>
}

/** Builds a starter. */
export function createServerStarter(): ServerStarter {
  const children: BenchChild[] = []
  const built: BuiltModule[] = []
  const start = async (module: URL, config: unknown, isBuilt = false): Promise<BenchChild> => {
    const child = await startChild(module, config, { isBuilt })
    children.push(child)
    return child
  }
  return {
    async ours(config) {
      const [module = await buildModule(new URL('./our-server-child.ts', import.meta.url))] = built
      if (built.length === 0) built.push(module)
      const child = await start(module.url, config, true)
      return {
        url: String(child.ready['url']),
        tools: String(child.ready['tools']),
        report: async () => (await child.ask('report')) as OurServerReport,
      }
    },
    async peer(config) {
      const child = await start(new URL('./official-server-child.ts', import.meta.url), config)
      return { url: String(child.ready['url']), report: async () => (await child.ask('report')) as ServerReport }
    },
    async instantFacilitator() {
      const child = await start(new URL('./instant-facilitator-child.ts', import.meta.url), {})
      return String(child.ready['url'])
    },
    async stop() {
      await Promise.all(children.map((child) => child.stop()))
      for (const module of built) module.dispose()
    },
  }
}

/** Both servers of a comparison. */
export interface Servers {
  readonly url: Readonly<Record<SideName, string>>
  /** What our server checks signatures with. */
  readonly tools: string
  /** What our server has settled so far. */
  readonly ourReport: () => Promise<OurServerReport>
  /** Processor time that a server has used so far, in milliseconds. */
  readonly cpuMs: (side: SideName) => Promise<number>
  readonly stop: () => Promise<void>
}

/** Starts both servers. */
export async function startServers(configs: Readonly<Record<SideName, ServerConfig>>): Promise<Servers> {
  const starter = createServerStarter()
  try {
    const ours = await starter.ours(configs.ours)
    const peer = await starter.peer(configs.peer)
    const side = { ours, peer }
    return {
      url: { ours: ours.url, peer: peer.url },
      tools: ours.tools,
      ourReport: ours.report,
      cpuMs: async (name) => (await side[name].report()).cpuMs,
      stop: starter.stop,
    }
  } catch (error) {
    await starter.stop()
    throw error
  }
}

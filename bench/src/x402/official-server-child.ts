import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'
import { createOfficialServer } from './official-server.js'
import { cpuMsOfThisProcess, type ServerConfig, type ServerReport } from './terms.js'

serveParent(async (config: ServerConfig) => ({
  ready: { url: await listen(createOfficialServer(config)) },
  answer: (): ServerReport => ({ cpuMs: cpuMsOfThisProcess() }),
}))

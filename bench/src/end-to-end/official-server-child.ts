import { serveParent } from './child-process.js'
import { listen } from './listen.js'
import { createOfficialServer, type OfficialServerConfig } from './official-server.js'

serveParent(async (config: OfficialServerConfig) => {
  const { server, takeTimes } = createOfficialServer(config)
  return { ready: { url: await listen(server) }, answer: takeTimes }
})

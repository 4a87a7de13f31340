import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'
import { createOurServer } from './our-server.js'
import type { ServerConfig } from './terms.js'

serveParent(async (config: ServerConfig) => {
  const { server, report } = await createOurServer(config)
  return { ready: { url: await listen(server), ...report() }, answer: report }
})

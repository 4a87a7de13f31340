import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'
import { createWorld } from './world.js'

serveParent(async () => ({
  ready: { url: await listen(createWorld()) },
  answer: () => {
    const { user, system } = process.cpuUsage()
    return { cpuMs: (user + system) / 1000 }
  },
}))

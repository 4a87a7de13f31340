import { createJsonLog, createSecrets, parseConfig, startGateway } from '@og/gateway'
import { serveParent } from '../end-to-end/child-process.js'

/** A real gateway in a process of its own; asked for `report`, it tells what it has used. */
serveParent<object>(async (config) => {
  const log = createJsonLog({ write: () => undefined, now: () => new Date() })
  const gateway = await startGateway(parseConfig(config), { log, secrets: createSecrets() })
  return {
    ready: { url: gateway.url },
    answer: () => {
      const { user, system } = process.cpuUsage()
      return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() }
    },
  }
})

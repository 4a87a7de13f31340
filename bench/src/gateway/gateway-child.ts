import { createJsonLog, createSecrets, parseConfig, startGateway } from '@og/gateway'
import { serveParent } from '../end-to-end/child-process.js'
import { createStepTimes } from './step-times.js'

/** A real gateway in a process of its own. `report` tells what it has used; between `sample` and `steps` it notes where its time goes. */
serveParent<object>(async (config) => {
  const log = createJsonLog({ write: () => undefined, now: () => new Date() })
  const gateway = await startGateway(parseConfig(config), { log, secrets: createSecrets() })
  const stepTimes = await createStepTimes()
  return {
    ready: { url: gateway.url },
    answer: async (question) => {
      if (question === 'sample') await stepTimes.start()
      if (question === 'steps') return stepTimes.stop()
      const { user, system } = process.cpuUsage()
      return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() }
    },
  }
})

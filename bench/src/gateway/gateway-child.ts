import { writeFileSync } from 'node:fs'
import { createJsonLog, createSecrets, parseConfig, startGateway } from '@og/gateway'
import { serveParent } from '../end-to-end/child-process.js'
import { createStepTimes } from './step-times.js'

interface GatewayChildConfig {
  readonly gateway: object
  /** Where the profile behind the steps is left, for tools that draw it. */
  readonly profilePath: string
}

/** A real gateway in a process of its own. `report` tells what it has used; between `sample` and `steps` it notes where its time goes. */
serveParent<GatewayChildConfig>(async (config) => {
  const log = createJsonLog({ write: () => undefined, now: () => new Date() })
  const gateway = await startGateway(parseConfig(config.gateway), {
    log,
    secrets: createSecrets(),
    reopenLane: false,
  })
  const stepTimes = await createStepTimes()
  return {
    ready: { url: gateway.url },
    answer: async (question) => {
      if (question === 'sample') await stepTimes.start()
      if (question === 'steps') {
        const { times, profile } = await stepTimes.stop()
        writeFileSync(config.profilePath, JSON.stringify(profile))
        return times
      }
      const { user, system } = process.cpuUsage()
      return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() }
    },
  }
})

import { createServer } from 'node:http'
import { createJsonLog, createRelay, parseConfig } from '@og/gateway'
import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'

/** The gateway's way of a call without payment, ledger and receipt. */
serveParent<object>(async (config) => {
  const log = createJsonLog({ write: () => undefined, now: () => new Date() })
  const listener = await createRelay(parseConfig(config), { log })
  return { ready: { url: await listen(createServer({ keepAliveTimeout: 120_000 }, listener)) } }
})

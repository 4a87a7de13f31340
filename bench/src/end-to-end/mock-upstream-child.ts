import { serveParent } from './child-process.js'
import { listen } from './listen.js'
import { createMockUpstream } from './mock-upstream.js'

serveParent(async () => ({ ready: { url: await listen(createMockUpstream()) } }))

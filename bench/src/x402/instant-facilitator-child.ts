import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'
import { createInstantFacilitatorServer } from './instant-facilitator.js'

serveParent(async () => ({ ready: { url: await listen(createInstantFacilitatorServer()) } }))

export { type FacilitatorConfig, parseConfig } from './config.js'
export { createFacilitatorApp, type FacilitatorAppOptions } from './facilitator-app.js'
export { createJsonLog, type Log } from './log.js'
export { type RunningFacilitator, startFacilitator } from './start-facilitator.js'

export { type FacilitatorConfig, parseConfig } from './config.js'
export { createFacilitatorApp } from './facilitator-app.js'
export { type RunningFacilitator, startFacilitator } from './start-facilitator.js'

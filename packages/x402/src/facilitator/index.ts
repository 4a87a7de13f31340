export { type CreateFacilitatorOptions, createFacilitator } from './create-facilitator.js'
export { createFacilitatorClient, type FacilitatorClientOptions } from './create-facilitator-client.js'
export {
  createFacilitatorHandler,
  type FacilitatorHandler,
  type FacilitatorHandlerOptions,
} from './create-facilitator-handler.js'
export type { Facilitator } from './facilitator.js'
export type { FacilitatorScheme } from './facilitator-scheme.js'
export {
  type ForeignFacilitatorClient,
  facilitatorOfOfficial,
  type OfficialFacilitatorClient,
  officialFacilitatorClient,
} from './official-facilitator-client.js'

export { ChannelError, type ChannelErrorCode } from './channel-error.js'
export {
  type ChannelServer,
  type ChannelServerOptions,
  createChannelServer,
  type OpenedRequest,
  type SealedInput,
} from './channel-server.js'
export type { FetchLike, RandomBytes } from './defaults.js'
export type { HeadersLike } from './header-fields.js'
export type { OuterHeaders } from './payment-headers.js'
export type { PaymentHeaders } from './payment-names.js'
export { type PlainError, plainErrorOf } from './plain-error.js'
export { KEY_ROTATED_CODE, SEALED_CONTENT_TYPE, SEALED_RESPONSE_HEADERS } from './protocol.js'
export type { ResponseSealer } from './response-sealer.js'
export { type SealFetchOptions, sealFetch } from './seal-fetch.js'
export { sealResponse } from './seal-response.js'
export {
  type ChannelKey,
  type CreateSealingKeyOptions,
  createSealingKey,
  keyIdOf,
  type SealingKeyPair,
} from './sealing-key.js'

export {
  ChatOpenGradient,
  type ChatOpenGradientCallOptions,
  type ChatOpenGradientFields,
} from './chat-open-gradient.js'
export type { ModelSettings } from './request-body.js'

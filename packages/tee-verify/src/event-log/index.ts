export {
  type ApplicationEvent,
  type DstackIdentity,
  hashAppCompose,
  type IdentityRejectionCode,
  type KeyProvider,
} from './dstack-identity.js'
export { hashDstackEvent, isPayloadMeasured } from './event-digest.js'
export { dstackEventType, type EventLog, type LogEvent, type RegisterIndex, type Registers } from './event-log.js'
export { parseCcel } from './parse-ccel.js'
export { parseDstackEventLog } from './parse-dstack-log.js'
export { replayEventLog } from './replay-event-log.js'
export {
  type EventLogRejectionCode,
  type EventLogStep,
  type EventLogStepName,
  type EventLogVerdict,
  verifyEventLog,
} from './verify-event-log.js'

export type { JsonOf } from '../json/json-reader.js'
export type { CheckStep, CheckVerdict } from '../receipt/check-step.js'
export {
  canonicalChatRequest,
  canonicalCompletionRequest,
  hashChatRequest,
  hashCompletionRequest,
  MAX_CHAT_MESSAGES,
} from './canonical-request.js'
export { hashMessage, hashOutput, type TeeMessage, type TeeOutput, teeIdOf } from './message-hash.js'
export {
  encodePythonFloat,
  encodePythonJson,
  MAX_PYTHON_DIGITS,
  type PythonJson,
  type PythonObject,
  parsePythonJson,
} from './python-json.js'
export {
  encodeTeeFields,
  outputOf,
  parseTeeFields,
  type TeeCode,
  type TeeFields,
  type TeeResponseClaim,
  verifyTeeResponse,
} from './tee-response.js'
export {
  MAX_TEE_SIGNATURE,
  type RsaCrypto,
  signTeeMessage,
  type TeeSignatureClaim,
  type TeeSigner,
  verifyTeeSignature,
} from './tee-signature.js'

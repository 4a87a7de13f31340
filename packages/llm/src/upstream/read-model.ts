import type { JsonObject } from '../json.js'
import { readNonEmptyString, required } from './field-readers.js'
import { requestLimits } from './request-limits.js'

/** The model that a request names. @throws UpstreamRequestError */
export function readModel(body: JsonObject): string {
  const param = 'model'
  return readNonEmptyString(required(body, { key: param, param }), { param, maxLength: requestLimits.modelLength })
}

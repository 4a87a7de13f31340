import type { Hex } from '../bytes/hex.js'
import { createJsonFields } from '../json/json-fields.js'
import { parseStrictJson } from '../json/strict-json.js'
import { QuoteError } from '../quote-error.js'
import { componentLevelsOf } from './component-levels.js'
import type { ComponentLevel, LevelStatus } from './tcb-status.js'

/** Intel's signed statement about the quoting enclave, PCS API v4, version 2. */
export interface QeIdentity {
  readonly id: 'TD_QE' | 'QE'
  /** Unix seconds. */
  readonly issueDate: bigint
  /** Unix seconds. */
  readonly nextUpdate: bigint
  readonly evaluationDataNumber: number
  readonly miscSelect: Hex
  readonly miscSelectMask: Hex
  readonly attributes: Hex
  readonly attributesMask: Hex
  readonly mrSigner: Hex
  readonly isvProdId: number
  /** Newest first. */
  readonly levels: readonly ComponentLevel[]
}

const code = 'BAD_QE_IDENTITY'

/** Software hardening is no state of an enclave: Intel's library knows only these. */
const statuses: readonly LevelStatus[] = [
  'UpToDate',
  'ConfigurationNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
]

/**
 * Parses the inner `enclaveIdentity` object. The signature is checked elsewhere, over the same text.
 * @throws QuoteError `BAD_QE_IDENTITY`, `BAD_JSON`, `TOO_LARGE`
 */
export function parseQeIdentity(text: string): QeIdentity {
  const fields = createJsonFields(parseStrictJson(text).value, { code, path: 'enclaveIdentity' })
  const id = fields.oneOf('id', ['TD_QE', 'QE'])
  if (fields.number('version', 255) !== 2) throw new QuoteError(code, 'only version 2 is supported')
  return {
    id,
    issueDate: fields.time('issueDate'),
    nextUpdate: fields.time('nextUpdate'),
    evaluationDataNumber: fields.number('tcbEvaluationDataNumber', 0xffffffff),
    miscSelect: fields.hex('miscselect', 4),
    miscSelectMask: fields.hex('miscselectMask', 4),
    attributes: fields.hex('attributes', 16),
    attributesMask: fields.hex('attributesMask', 16),
    mrSigner: fields.hex('mrsigner', 32),
    isvProdId: fields.number('isvprodid', 65_535),
    levels: componentLevelsOf(fields, { statuses, code }),
  }
}

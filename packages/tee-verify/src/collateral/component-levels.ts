import type { JsonFields } from '../json/json-fields.js'
import { QuoteError, type QuoteErrorCode } from '../quote-error.js'
import type { ComponentLevel, LevelStatus } from './tcb-status.js'

const maximumLevels = 64

/**
 * Reads the `tcbLevels` of a TDX module or an enclave identity, newest first whatever their order.
 * @throws QuoteError with the given code for no level, a level that occurs twice, or a status that is not allowed.
 */
export function componentLevelsOf(
  fields: JsonFields,
  options: { readonly statuses: readonly LevelStatus[]; readonly code: QuoteErrorCode },
): readonly ComponentLevel[] {
  const levels = fields.objects('tcbLevels', { minimum: 1, maximum: maximumLevels }).map((level) => ({
    isvSvn: level.object('tcb').number('isvsvn', 65_535),
    status: level.oneOf('tcbStatus', options.statuses),
    tcbDate: level.time('tcbDate'),
    advisoryIds: level.advisoryIds('advisoryIDs'),
  }))
  if (new Set(levels.map((level) => level.isvSvn)).size !== levels.length) {
    throw new QuoteError(options.code, 'a TCB level occurs twice')
  }
  return levels.sort((left, right) => right.isvSvn - left.isvSvn)
}

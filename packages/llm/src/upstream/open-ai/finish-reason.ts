import type { UpstreamFinishReason } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'

/** Reads a `finish_reason` as servers spell it. @throws UpstreamError `UPSTREAM_FAILED` for `error`, which OpenRouter sends */
export function finishReasonOf(wire: string, options: { readonly hasToolCalls: boolean }): UpstreamFinishReason {
  switch (wire) {
    case 'error':
      throw new UpstreamError('UPSTREAM_FAILED')
    case 'length':
    case 'max_tokens':
      return 'length'
    case 'content_filter':
      return 'content_filter'
    default:
      // `stop` with tool calls, `function_call`, and the names that servers invent for a natural end.
      return options.hasToolCalls ? 'tool_calls' : 'stop'
  }
}

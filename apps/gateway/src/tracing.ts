import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

/** Follows a call as an OpenTelemetry span. Attributes come from closed lists: no prompt, no payer, no payment. */
export interface CallTracer {
  readonly begin: (endpoint: string) => (outcome: string) => void
}

/** No spans: the default. */
export const noTracer: CallTracer = { begin: () => () => undefined }

/** Spans through the OpenTelemetry API; they are kept by whatever SDK the operator has loaded, and by nobody without one. */
export function createCallTracer(): CallTracer {
  const tracer = trace.getTracer('og-gateway')
  return {
    begin: (endpoint) => {
      const span = tracer.startSpan(`POST ${endpoint}`, {
        kind: SpanKind.SERVER,
        attributes: { 'og.endpoint': endpoint },
      })
      return (outcome) => {
        span.setAttribute('og.outcome', outcome)
        if (outcome === 'internal_error') span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      }
    },
  }
}

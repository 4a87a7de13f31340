import { trace } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { createCallTracer, noTracer } from './tracing.js'

afterEach(() => trace.disable())

/** As much of an SDK as sees spans. */
function recordSpans(): { readonly name: string; readonly attributes: Record<string, unknown>; ended: boolean }[] {
  const spans: { name: string; attributes: Record<string, unknown>; ended: boolean }[] = []
  const startSpan = (name: string, options: { attributes?: Record<string, unknown> } = {}) => {
    const span = { name, attributes: { ...options.attributes }, ended: false }
    spans.push(span)
    return {
      setAttribute: (key: string, value: unknown) => Object.assign(span.attributes, { [key]: value }),
      setStatus: () => undefined,
      end: () => Object.assign(span, { ended: true }),
    }
  }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) } as never)
  return spans
}

test('a span for every call, with nothing in it but endpoint and outcome', () => {
  const spans = recordSpans()
  const end = createCallTracer().begin('chat.completions')
  end('payment_required')
  noTracer.begin('completions')('complete')
  expect(spans).toEqual([
    {
      name: 'POST chat.completions',
      attributes: { 'og.endpoint': 'chat.completions', 'og.outcome': 'payment_required' },
      ended: true,
    },
  ])
})

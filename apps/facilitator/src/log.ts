import { pino } from 'pino'

/** Structured log lines. Payments, signatures and keys are never handed to it. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void
  readonly warn: (message: string, fields?: LogFields) => void
  readonly error: (message: string, fields?: LogFields) => void
}

type LogFields = Readonly<Record<string, unknown>>

/** Fields that are never written, should anybody hand them over by mistake; at the top and one level down. */
const forbidden = [
  'accepted',
  'apiKey',
  'authorization',
  'authorizerKey',
  'body',
  'headers',
  'key',
  'ledgerUrl',
  'nonce',
  'payload',
  'payment',
  'paymentPayload',
  'privateKey',
  'question',
  'signature',
  'voucher',
]

/** Writes one JSON object a line, through pino. Errors are named; what they say may quote what they were about. */
export function createJsonLog(options: { readonly write: (line: string) => void; readonly now: () => Date }): Log {
  const logger = pino(
    {
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${options.now().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: forbidden.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    { write: options.write },
  )
  const plainOf = (value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString()
    if (!(value instanceof Error)) return value
    return 'code' in value && typeof value.code === 'string' ? `${value.name} ${value.code}` : value.name
  }
  const fieldsOf = (fields: LogFields = {}): LogFields =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainOf(value)]))
  return {
    info: (message, fields) => logger.info(fieldsOf(fields), message),
    warn: (message, fields) => logger.warn(fieldsOf(fields), message),
    error: (message, fields) => logger.error(fieldsOf(fields), message),
  }
}

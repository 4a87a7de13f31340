import { pino } from 'pino'
import { redacted } from './secrets.js'

/** Structured log lines. Nothing of a prompt, an answer, a payment header or a key is ever handed to it. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void
  readonly warn: (message: string, fields?: LogFields) => void
  readonly error: (message: string, fields?: LogFields) => void
}

type LogFields = Readonly<Record<string, unknown>>

/** Fields that are never written, should anybody hand them over by mistake; at the top and one level down. */
const forbidden = [
  'apiKey',
  'authorization',
  'body',
  'content',
  'header',
  'key',
  'messages',
  'payload',
  'payment',
  'privateKey',
  'prompt',
  'relayerKey',
  'signature',
  'token',
  'x-api-key',
  'payment-signature',
]

/** Writes one JSON object a line, through pino. */
export function createJsonLog(options: {
  readonly write: (line: string) => void
  readonly now: () => Date
  /** Takes known secrets out of a line. */
  readonly scrub?: (line: string) => string
}): Log {
  const { scrub = (line: string) => line } = options
  const logger = pino(
    {
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${options.now().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      redact: {
        paths: forbidden.flatMap((name) =>
          name.includes('-') ? [`["${name}"]`, `*["${name}"]`] : [name, `*.${name}`],
        ),
        censor: redacted,
      },
    },
    { write: (line: string) => options.write(scrub(line)) },
  )
  const fieldsOf = (fields: LogFields = {}): LogFields =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainOf(value)]))
  return {
    info: (message, fields) => logger.info(fieldsOf(fields), message),
    warn: (message, fields) => logger.warn(fieldsOf(fields), message),
    error: (message, fields) => logger.error(fieldsOf(fields), message),
  }
}

/** Amounts as text. An error is its name: its message and its causes may quote what it was about. */
function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Error ? value.name : value
}

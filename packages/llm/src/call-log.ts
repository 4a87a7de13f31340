import type { CallHooks } from './call-policy.js'
import { systemLog, systemLogSetting } from './defaults.js'
import { isJsonObject, readJson, stringAt } from './json.js'
import { isLlmError } from './llm-error.js'

/** How much is written: nothing, failed calls, repeated attempts, every call, or every attempt. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug'

/** What a line is about. */
export interface LogLine {
  readonly level: Exclude<LogLevel, 'off'>
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Options of logging. */
export interface LogOptions {
  /** What `OG_LOG` says unless given; `off` without either. `OG_LOG=debug,content` writes prompts too. */
  readonly logLevel?: LogLevel
  /** Writes request bodies in full. Headers, and so keys, payments and cookies, are never written. */
  readonly logContent?: boolean
  /** Receives the lines; written to standard error as JSON unless given. */
  readonly logger?: (line: LogLine) => void
}

const levels: readonly LogLevel[] = ['off', 'error', 'warn', 'info', 'debug']

/** The hooks that write the log; `undefined` when it is off. */
export function logHooks(options: LogOptions): CallHooks | undefined {
  const [word = '', ...extras] = (options.logLevel ?? systemLogSetting() ?? '').split(',').map((part) => part.trim())
  const named: readonly string[] = levels
  const most = named.indexOf(word.toLowerCase())
  if (most <= 0) return undefined
  const showsContent = options.logContent ?? extras.includes('content')
  const write = options.logger ?? writeLine
  const log = (level: LogLine['level'], message: string, fields: LogLine['fields']): void => {
    if (levels.indexOf(level) <= most) write({ level, message, fields })
  }
  const isDebug = most === levels.indexOf('debug')
  return {
    onRequest({ method, path, attempt, text }) {
      if (!isDebug) return
      const body = text === undefined ? undefined : readJson(text)
      const model = isJsonObject(body) ? stringAt(body, 'model') : undefined
      const content = showsContent ? { body } : {}
      log('debug', 'request', { method, path, attempt, model, characters: text?.length, ...content })
    },
    onResponse({ path, attempt, status, requestId, elapsedMs }) {
      log('debug', 'response', { path, attempt, status, requestId, elapsedMs })
    },
    onRetry({ path, attempt, error, delayMs }) {
      log('warn', 'retry', { path, attempt, delayMs, ...factsOf(error) })
    },
    onEnd({ path, attempts, elapsedMs, error }) {
      const fields = { path, attempts, elapsedMs }
      if (error === undefined) log('info', 'done', fields)
      else log('error', 'failed', { ...fields, ...factsOf(error) })
    },
  }
}

/** What may be said of an error: servers quote prompts in their messages. */
function factsOf(error: unknown): Readonly<Record<string, unknown>> {
  if (!isLlmError(error)) return { error: error instanceof Error ? error.name : 'unknown' }
  return { code: error.code, status: error.status, apiCode: error.api?.code, requestId: error.requestId }
}

function writeLine({ level, message, fields }: LogLine): void {
  systemLog(`og-llm ${level} ${message} ${JSON.stringify(fields)}`)
}

/** Structured log lines. Nothing of a prompt, an answer, a payment header or a key is ever handed to it. */
export interface Log {
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** Writes one JSON object a line. */
export function createJsonLog(options: { readonly write: (line: string) => void; readonly now: () => Date }): Log {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const line = { time: options.now().toISOString(), level, message, ...fields }
      options.write(`${JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value))}\n`)
    }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

import type { CallOptions } from '../call-options.js'
import type { Transport } from '../transport.js'

/** What the models of one provider share. */
export interface ModelContext<Version extends 'v3' | 'v4'> {
  readonly version: Version
  readonly provider: string
  readonly transport: Transport
  /** Where the API stands, for errors. */
  readonly url: string
  /** The options of a call as this package takes them. */
  readonly callOptionsOf: (options: {
    readonly abortSignal?: AbortSignal | undefined
    readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  }) => CallOptions
}

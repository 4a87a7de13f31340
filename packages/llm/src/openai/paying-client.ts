/** The part of a client that pays: `createClient` of `@og/client` fits. */
export interface PayingClient {
  /** Pays, seals and verifies. A call that is repeated after a failure must carry the same payment again. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** The node's URL, without `/v1`. */
  readonly baseUrl: string
}

/** How a call runs and is recorded; the client's own choice unless given. */
export interface ModeOptions {
  readonly inferenceMode?: 'TEE' | 'VANILLA'
  readonly settlementMode?: 'SETTLE' | 'SETTLE_METADATA' | 'SETTLE_BATCH'
}

/** Where the API stands, version included. */
export function apiUrlOf(client: PayingClient): string {
  const base = client.baseUrl.replace(/\/+$/, '')
  return base.endsWith('/v1') ? base : `${base}/v1`
}

/** The modes as headers. */
export function modeHeadersOf(modes: ModeOptions): Readonly<Record<string, string>> {
  return {
    ...(modes.inferenceMode === undefined ? {} : { 'OG-Inference-Mode': modes.inferenceMode }),
    ...(modes.settlementMode === undefined ? {} : { 'OG-Settlement-Mode': modes.settlementMode }),
  }
}

declare module 'compatcanary' {
  /** Runs the probes of a profile against a server. */
  export function scanEndpoint(options: {
    readonly baseUrl: string
    readonly model: string
    readonly profile: 'modern' | 'chat'
  }): Promise<import('../../src/json.js').JsonObject>
}

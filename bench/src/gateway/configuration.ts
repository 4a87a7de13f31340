/** The token of the payments and who is paid: nobody in particular, because no chain is asked. */
export const asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
export const payTo = '0x1A1a1a1a1A1A1A1A1a1a1a1a1a1a1A1A1a1a1a1A'

/** The configuration of a gateway between a load generator and a world that takes no time. */
export function gatewayConfiguration(options: { readonly world: string; readonly ledgerPath: string }): object {
  const { world, ledgerPath } = options
  return {
    mode: 'VANILLA',
    port: 0,
    ledgerPath,
    logId: `0x${'01'.repeat(32)}`,
    rpcUrl: world,
    chainId: 84_532,
    inferenceLog: payTo,
    nodeRegistry: payTo,
    token: { address: asset, name: 'USDC', version: '2', decimals: 6 },
    payTo,
    facilitatorUrl: world,
    relayerKey: `0x${'5e'.repeat(32)}`,
    upstreams: [{ id: 'mock', baseUrl: `${world}/v1`, families: [], maxConcurrent: 2000 }],
    accessLog: false,
  }
}

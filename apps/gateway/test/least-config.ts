const address = `0x${'1a'.repeat(20)}`

/** A configuration with nothing in it that has a default. */
export const leastConfig = {
  mode: 'VANILLA',
  ledgerPath: 'unused',
  logId: `0x${'01'.repeat(32)}`,
  rpcUrl: 'http://127.0.0.1:8545',
  chainId: 84532,
  inferenceLog: address,
  nodeRegistry: address,
  token: { address, name: 'USDC', version: '2', decimals: 6 },
  payTo: address,
  facilitatorUrl: 'http://127.0.0.1:8403',
  relayerKey: `0x${'5e'.repeat(32)}`,
} as const

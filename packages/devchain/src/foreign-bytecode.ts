import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { permit2Address } from './addresses.js'
import { DevchainError } from './devchain-error.js'
import type { Hex } from './hex.js'

const require = createRequire(import.meta.url)

/** The init code of the real Permit2, out of the npm package `hardhat-predeploy`. */
export function permit2InitCode(): Hex {
  const folder = dirname(require.resolve('hardhat-predeploy/package.json'))
  return `0x${readFileSync(join(folder, 'bin', `${permit2Address}.bytecode`)).toString('hex')}`
}

/** The init code of the real Multicall3. viem carries it, without exporting it, for its "deployless" calls. */
export function multicall3InitCode(): Hex {
  const constants: unknown = require(join(dirname(require.resolve('viem')), 'constants', 'contracts.js'))
  if (typeof constants === 'object' && constants !== null && 'multicall3Bytecode' in constants) {
    const code = constants.multicall3Bytecode
    if (typeof code === 'string' && /^0x[0-9a-f]+$/.test(code)) return code as Hex // checked on this line
  }
  throw new DevchainError('NOT_A_DEV_CHAIN', 'this version of viem has no Multicall3 init code')
}

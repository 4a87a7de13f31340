import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Hex } from 'viem'

/** The runtime code of the test harness around the library, compiled with the settings of the real contracts. */
export function harnessCode(): Hex {
  const solc = createRequire(import.meta.url)('solc')
  const harness = 'test/contracts/solidity/MerkleLogHarness.sol'
  const library = 'contracts/libraries/MerkleLog.sol'
  const read = (path: string) => ({ content: readFileSync(join(import.meta.dirname, '../..', path), 'utf8') })
  const input = {
    language: 'Solidity',
    sources: { [harness]: read(harness), [library]: read(library) },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input)))
  const code = output.contracts?.[harness]?.MerkleLogHarness?.evm.deployedBytecode.object
  if (typeof code !== 'string') throw new Error(JSON.stringify(output.errors))
  return `0x${code}`
}

/** ABI of the test harness. */
export const harnessAbi = [
  {
    type: 'function',
    name: 'included',
    stateMutability: 'pure',
    inputs: [
      {
        name: 'claims',
        type: 'tuple[]',
        components: [
          { name: 'leaf', type: 'bytes32' },
          { name: 'index', type: 'uint64' },
          { name: 'size', type: 'uint64' },
          { name: 'root', type: 'bytes32' },
          { name: 'proof', type: 'bytes32[]' },
        ],
      },
    ],
    outputs: [{ type: 'bool[]' }],
  },
  {
    type: 'function',
    name: 'consistent',
    stateMutability: 'pure',
    inputs: [
      {
        name: 'claims',
        type: 'tuple[]',
        components: [
          { name: 'firstSize', type: 'uint64' },
          { name: 'firstRoot', type: 'bytes32' },
          { name: 'secondSize', type: 'uint64' },
          { name: 'secondRoot', type: 'bytes32' },
          { name: 'proof', type: 'bytes32[]' },
        ],
      },
    ],
    outputs: [{ type: 'bool[]' }],
  },
] as const

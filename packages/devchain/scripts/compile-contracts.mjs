// Writes src/generated/*.ts from contracts/*.sol; with --check it fails when a committed artifact differs.
import solc from 'solc'
import { compileContracts } from '../../../scripts/compile-contracts.mjs'

const artifacts = [
  { contract: 'UsdcDouble', file: 'usdc-double', name: 'usdcDouble', code: 'deployed' },
  { contract: 'ExactPermit2Proxy', file: 'exact-permit2-proxy', name: 'exactPermit2Proxy', code: 'deployed' },
  { contract: 'UptoPermit2Proxy', file: 'upto-permit2-proxy', name: 'uptoPermit2Proxy', code: 'deployed' },
  { contract: 'BatchSettlement', file: 'batch-settlement', name: 'batchSettlement', code: 'deployed' },
  {
    contract: 'Erc3009DepositCollector',
    file: 'erc3009-deposit-collector',
    name: 'erc3009DepositCollector',
    code: 'deployed',
  },
  {
    contract: 'Permit2DepositCollector',
    file: 'permit2-deposit-collector',
    name: 'permit2DepositCollector',
    code: 'deployed',
  },
]

compileContracts({ solc, script: import.meta.url, outputFolder: 'src/generated', artifacts })

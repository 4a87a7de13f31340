// Writes src/evm/generated/*.ts from contracts/*.sol; with --check it fails when a committed artifact differs.
import solc from 'solc'
import { compileContracts } from '../../../scripts/compile-contracts.mjs'

const artifacts = [{ contract: 'BatchFacilitator', file: 'batch-facilitator', name: 'batchFacilitator', code: 'init' }]

compileContracts({ solc, script: import.meta.url, outputFolder: 'src/evm/generated', artifacts })

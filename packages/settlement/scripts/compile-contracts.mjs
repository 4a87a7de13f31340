// Writes src/contracts/generated/*.ts from contracts/*.sol; with --check it fails when a committed artifact differs.
import solc from 'solc'
import { compileContracts } from '../../../scripts/compile-contracts.mjs'

const artifacts = [
  { contract: 'InferenceLog', file: 'inference-log', name: 'inferenceLog', code: 'init' },
  { contract: 'NodeRegistry', file: 'node-registry', name: 'nodeRegistry', code: 'init' },
]

compileContracts({ solc, script: import.meta.url, outputFolder: 'src/contracts/generated', artifacts })

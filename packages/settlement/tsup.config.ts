import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  contracts: 'src/contracts/index.ts',
  'fast-keccak': 'src/fast-keccak/index.ts',
  opengradient: 'src/opengradient/index.ts',
})

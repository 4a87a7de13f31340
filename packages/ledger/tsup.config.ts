import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  postgres: 'src/postgres.ts',
  x402: 'src/x402-stores/index.ts',
  cli: 'src/cli.ts',
})

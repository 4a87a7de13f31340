import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  postgres: 'src/postgres.ts',
  cli: 'src/cli.ts',
})

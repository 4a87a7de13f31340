import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  simulator: 'src/simulator/index.ts',
  channel: 'src/channel/index.ts',
})

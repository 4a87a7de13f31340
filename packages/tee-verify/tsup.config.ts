import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  node: 'src/node.ts',
  simulator: 'src/simulator/index.ts',
  channel: 'src/channel/index.ts',
  'event-log': 'src/event-log/index.ts',
  nitro: 'src/nitro/index.ts',
  pccs: 'src/pccs/index.ts',
  release: 'src/release/index.ts',
  binding: 'src/binding/index.ts',
})
